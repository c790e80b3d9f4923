#include "plugins/ldap/directory.hpp"

#include <fstream>
#include <iterator>
#include <sys/time.h>

namespace ldap_bridge {
namespace {

timeval time_of(std::chrono::milliseconds limit) {
  return {.tv_sec = limit.count() / 1'000, .tv_usec = limit.count() % 1'000 * 1'000};
}

std::string read_secret(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in && !in.eof()) text.clear();
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  // An empty password would be a bind as nobody, which many directories let pass.
  if (text.empty()) throw Unreachable("the secret of bindPasswordFile cannot be read, or is empty");
  return text;
}

}  // namespace

Directory::Directory(const Settings& settings) : settings_(settings) {
  LDAP* handle = nullptr;
  if (const int code = ldap_initialize(&handle, settings.uri.c_str()); code != LDAP_SUCCESS)
    fail("its uri is refused", code);
  handle_.reset(handle);
  const int version = LDAP_VERSION3;
  // Each of the up to five operations of a login has its part of the time.
  const timeval limit = time_of(settings.time_limit / 5);
  ldap_set_option(handle, LDAP_OPT_PROTOCOL_VERSION, &version);
  ldap_set_option(handle, LDAP_OPT_NETWORK_TIMEOUT, &limit);
  ldap_set_option(handle, LDAP_OPT_TIMEOUT, &limit);
  ldap_set_option(handle, LDAP_OPT_REFERRALS,
                  LDAP_OPT_OFF);  // the bridge's password is for this directory only
  const int demand = LDAP_OPT_X_TLS_DEMAND, client = 0;
  ldap_set_option(handle, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
  if (!settings.ca_file.empty()) ldap_set_option(handle, LDAP_OPT_X_TLS_CACERTFILE, settings.ca_file.c_str());
  if (const int code = ldap_set_option(handle, LDAP_OPT_X_TLS_NEWCTX, &client); code != LDAP_SUCCESS)
    throw Unreachable("TLS cannot be set up: see that caFile can be read");
  if (settings.start_tls) {
    if (const int code = ldap_start_tls_s(handle, nullptr, nullptr); code != LDAP_SUCCESS)
      fail("StartTLS fails", code);
  }
  const std::string password =
      settings.bind_dn.empty() ? std::string() : read_secret(settings.bind_password_file);
  if (const int code = bind(settings.bind_dn, password); code != LDAP_SUCCESS)
    fail("the bridge cannot bind", code);
}

int Directory::bind(const std::string& dn, std::string_view password) {
  berval credentials{.bv_len = password.size(), .bv_val = const_cast<char*>(password.data())};
  return ldap_sasl_bind_s(handle_.get(), dn.c_str(), LDAP_SASL_SIMPLE, &credentials, nullptr, nullptr,
                          nullptr);
}

void Directory::fail(const std::string& doing, int code) {
  std::string why = ldap_err2string(code);
  char* details = nullptr;
  if (handle_ && ldap_get_option(handle_.get(), LDAP_OPT_DIAGNOSTIC_MESSAGE, &details) == LDAP_OPT_SUCCESS &&
      details != nullptr) {
    if (*details != '\0') why += std::string(" (") + details + ")";
    ldap_memfree(details);
  }
  throw Unreachable(doing + ": " + why);
}

std::vector<Entry> Directory::search(const std::string& base, const std::string& filter,
                                     const std::string& attribute, int at_most) {
  std::string name = attribute;
  char* attributes[] = {name.data(), nullptr};
  timeval limit = time_of(settings_.time_limit / 5);
  LDAPMessage* found = nullptr;
  const int code = ldap_search_ext_s(handle_.get(), base.c_str(), LDAP_SCOPE_SUBTREE, filter.c_str(),
                                     attributes, 0, nullptr, nullptr, &limit, at_most, &found);
  const std::unique_ptr<LDAPMessage, decltype(&ldap_msgfree)> owned(found, ldap_msgfree);
  // More than were asked for: those that came are enough to tell.
  if (code != LDAP_SUCCESS && code != LDAP_SIZELIMIT_EXCEEDED) fail("it cannot be searched", code);
  std::vector<Entry> entries;
  for (LDAPMessage* at = ldap_first_entry(handle_.get(), found); at != nullptr;
       at = ldap_next_entry(handle_.get(), at)) {
    Entry& entry = entries.emplace_back();
    if (char* dn = ldap_get_dn(handle_.get(), at)) {
      entry.dn = dn;
      ldap_memfree(dn);
    }
    if (berval** values = ldap_get_values_len(handle_.get(), at, name.c_str())) {
      for (berval** value = values; *value != nullptr; ++value)
        entry.values.emplace_back((*value)->bv_val, (*value)->bv_len);
      ldap_value_free_len(values);
    }
  }
  return entries;
}

bool Directory::bind_as(const std::string& dn, std::string_view password) {
  // RFC 4513 section 5.1.2: a name without a password binds as nobody, and succeeds.
  if (dn.empty() || password.empty()) return false;
  switch (const int code = bind(dn, password)) {
    case LDAP_SUCCESS:
      return true;
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_NO_SUCH_OBJECT:
    case LDAP_INAPPROPRIATE_AUTH:
    case LDAP_CONSTRAINT_VIOLATION:  // locked, by the password policies of some directories
    case LDAP_UNWILLING_TO_PERFORM:  // disabled, likewise
      return false;
    default:
      fail("a user cannot be verified", code);
  }
}

}  // namespace ldap_bridge
