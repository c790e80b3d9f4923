#include "server/callers/own_certificate.hpp"

#include "server/callers/private_file.hpp"
#include "server/ops/log.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <array>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace doorward {
namespace {

constexpr Days authority_valid{3'650}, authority_left{398};
constexpr Days server_valid{397}, server_left{30};
constexpr std::size_t max_pem_bytes = 64 * 1024;

std::vector<std::string> names_for(const std::string& host) {
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  std::array<char, 256> own{};
  if (::gethostname(own.data(), own.size() - 1) == 0 && is_dns_subdomain(own.data()))
    names.emplace_back(own.data());
  if (host != "0.0.0.0" && host != "::") names.push_back(host);
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

}  // namespace

OwnCertificate::OwnCertificate(std::filesystem::path directory, const std::string& host)
    : directory_(std::move(directory)), names_(names_for(host)) {}

Result<KeyAndCertificate> OwnCertificate::read(const char* certificate, const char* key) const {
  auto certificate_pem = read_file(path(certificate), max_pem_bytes);
  if (!certificate_pem) return std::unexpected(certificate_pem.error());
  auto key_pem = read_file(path(key), max_pem_bytes);
  if (!key_pem) return std::unexpected(key_pem.error());
  KeyAndCertificate found;
  if (*certificate_pem) found.certificate = (*certificate_pem)->reveal();
  if (*key_pem) found.key = std::move(**key_pem);
  return found;
}

// A crash between the two leaves a key that does not fit, and the next start makes both anew.
Result<> OwnCertificate::write(const KeyAndCertificate& made, const char* certificate,
                               const char* key) const {
  if (auto written = replace_file(path(key), made.key.reveal(), S_IRUSR | S_IWUSR); !written) return written;
  return replace_file(path(certificate), made.certificate, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
}

Result<> OwnCertificate::ensure() {
  if (auto made = make_private_directory(directory_); !made) return made;
  auto authority = read("ca.crt", "ca.key");
  if (!authority) return std::unexpected(authority.error());
  if (const std::string why = why_unfit(*authority, authority_left); !why.empty()) {
    authority = make_authority("doorward", authority_valid);
    if (!authority) return std::unexpected(authority.error());
    if (auto written = write(*authority, "ca.crt", "ca.key"); !written) return written;
    log::info("https: made an authority", {{"certificate", path("ca.crt").string()}, {"because", why}});
  }
  if (begins_in_the_future(authority->certificate)) {
    log::warning(
        "https: the authority begins in the future, and clients refuse it until then: set the clock right; "
        "if it was wrong when the authority was made, delete its certificate for a new one",
        {{"certificate", path("ca.crt").string()}});
  }
  auto server = read("tls.crt", "tls.key");
  if (!server) return std::unexpected(server.error());
  const std::string why = why_unfit(*server, authority->certificate, names_, server_left);
  if (why.empty()) return {};
  server = make_server_certificate(*authority, names_, server_valid);
  if (!server) return std::unexpected(server.error());
  if (auto written = write(*server, "tls.crt", "tls.key"); !written) return written;
  log::info("https: made a certificate", {{"certificate", path("tls.crt").string()}, {"because", why}});
  return {};
}

}  // namespace doorward
