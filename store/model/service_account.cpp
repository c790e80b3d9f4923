#include "store/model/service_account.hpp"

#include "store/model/names.hpp"

namespace doorward {

//   name = "system:serviceaccount:" namespace ":" account
//   namespace = RFC 1123 label
//   account   = RFC 1123 subdomain
bool is_service_account_name(std::string_view text) {
  constexpr std::string_view prefix = "system:serviceaccount:";
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && is_dns_label(text.substr(0, colon)) &&
         is_dns_subdomain(text.substr(colon + 1));
}

}  // namespace doorward
