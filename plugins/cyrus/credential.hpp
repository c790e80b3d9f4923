#pragma once
// Kerberos' proof of what we are: the keys of SERVICE/HOST in a keytab, taken by GSS-API (RFC 2743) for each
// exchange anew, so that a keytab that is replaced counts from then on. Nothing of the process is changed for
// it, neither its environment nor Kerberos' idea of the keytab, since several bridges may have one each.
#include "plugins/cyrus/settings.hpp"

#include <gssapi/gssapi.h>
#include <memory>
#include <string>

namespace cyrus {

class Credential {
 public:
  // Throws Trouble (server.hpp) where the keytab cannot be read or has no key for SERVICE/HOST.
  explicit Credential(const Settings& settings);

  gss_cred_id_t get() const { return credential_.get(); }

 private:
  struct Release {
    void operator()(gss_cred_id_t credential) const {
      OM_uint32 minor = 0;
      gss_release_cred(&minor, &credential);
    }
  };
  std::unique_ptr<gss_cred_id_struct, Release> credential_;
};

// A GSS-API name as Kerberos writes it: a principal with its realm. Empty where there is none.
std::string principal_of(gss_name_t name);
// The principal that a name without a realm stands for.
std::string principal_in_default_realm(const std::string& name);

}  // namespace cyrus
