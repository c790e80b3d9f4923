#include "plugins/cyrus/credential.hpp"

#include "plugins/cyrus/server.hpp"

#include <array>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <string>

namespace cyrus {
namespace {

struct Name {
  gss_name_t name = GSS_C_NO_NAME;
  ~Name() {
    OM_uint32 minor = 0;
    gss_release_name(&minor, &name);
  }
};

struct Buffer {
  gss_buffer_desc buffer = GSS_C_EMPTY_BUFFER;
  ~Buffer() {
    OM_uint32 minor = 0;
    gss_release_buffer(&minor, &buffer);
  }
  std::string text() const { return std::string(static_cast<const char*>(buffer.value), buffer.length); }
};

// What Kerberos says of the failure, and where it has no words what GSS-API says.
std::string reason_of(OM_uint32 major, OM_uint32 minor) {
  const bool own = minor != 0;
  OM_uint32 ignored = 0, context = 0;
  Buffer message;
  gss_display_status(&ignored, own ? minor : major, own ? GSS_C_MECH_CODE : GSS_C_GSS_CODE, GSS_C_NO_OID,
                     &context, &message.buffer);
  return message.text();
}

Trouble no_key(const Settings& settings, const std::string& why) {
  return Trouble("there is no key for " + settings.service + "/" + settings.server_fqdn + " in " +
                 (settings.keytab.empty() ? std::string("the system's keytab") : settings.keytab) + ": " +
                 why);
}

// The commonest fault, and MIT Kerberos 1.20 loses some memory each time that it is asked for a key in vain.
void require_readable(const Settings& settings) {
  std::FILE* file = std::fopen(settings.keytab.c_str(), "re");
  if (file == nullptr) throw no_key(settings, std::generic_category().message(errno));
  std::fclose(file);
}

}  // namespace

Credential::Credential(const Settings& settings) {
  const std::string host_based = settings.service + "@" + settings.server_fqdn;
  gss_buffer_desc text{.length = host_based.size(), .value = const_cast<char*>(host_based.data())};
  Name name;
  OM_uint32 minor = 0;
  OM_uint32 major = gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name.name);
  if (major != GSS_S_COMPLETE)
    throw Trouble("Kerberos does not take the name " + host_based + ": " + reason_of(major, minor));

  const std::string keytab = "FILE:" + settings.keytab, replay_cache = "file2:" + settings.replay_cache;
  std::array<gss_key_value_element_desc, 2> places{};
  OM_uint32 count = 0;
  if (!settings.keytab.empty()) places[count++] = {.key = "keytab", .value = keytab.c_str()};
  if (!settings.replay_cache.empty()) places[count++] = {.key = "rcache", .value = replay_cache.c_str()};
  const gss_key_value_set_desc store{.count = count, .elements = places.data()};
  if (!settings.keytab.empty()) require_readable(settings);
  gss_cred_id_t acquired = GSS_C_NO_CREDENTIAL;
  major = gss_acquire_cred_from(&minor, name.name, GSS_C_INDEFINITE, GSS_C_NO_OID_SET, GSS_C_ACCEPT,
                                count == 0 ? GSS_C_NO_CRED_STORE : &store, &acquired, nullptr, nullptr);
  if (major != GSS_S_COMPLETE) throw no_key(settings, reason_of(major, minor));
  credential_.reset(acquired);
}

std::string principal_of(gss_name_t name) {
  Buffer display;
  OM_uint32 minor = 0;
  if (gss_display_name(&minor, name, &display.buffer, nullptr) != GSS_S_COMPLETE) return {};
  return display.text();
}

std::string principal_in_default_realm(const std::string& name) {
  gss_buffer_desc text{.length = name.size(), .value = const_cast<char*>(name.data())};
  Name bare, whole;
  OM_uint32 minor = 0;
  if (gss_import_name(&minor, &text, GSS_C_NULL_OID, &bare.name) != GSS_S_COMPLETE ||
      gss_canonicalize_name(&minor, bare.name, const_cast<gss_OID>(gss_mech_krb5), &whole.name) !=
          GSS_S_COMPLETE)
    return {};
  return principal_of(whole.name);
}

}  // namespace cyrus
