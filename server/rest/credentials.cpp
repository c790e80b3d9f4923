#include "server/rest/credentials.hpp"

#include <chrono>

namespace doorward::rest {

using nlohmann::json;

namespace {

// The current one of each hash before the previous one, as a manifest has to have them.
json live_verifiers(const LoginRecord& login) {
  const auto now = std::chrono::system_clock::now();
  json verifiers = json::array();
  for (const ScramCredential& credential : login.credentials) {
    for (std::size_t i = 0; i < credential.keys.size(); ++i) {
      const auto& until = credential.keys[i].not_after;
      if (!until || *until > now) verifiers.push_back(credential.format(i));
    }
  }
  return verifiers;
}

}  // namespace

const resources::Schema& credentials_schema() {
  using namespace resources::shape;
  static const resources::Schema schema =
      resource("The SCRAM verifiers of a user.",
               {{"credentials", array(string(), "As spec.authentication.credentials of a manifest has them."),
                 required}});
  return schema;
}

Reply<Response> user_credentials(const Store& store, const Call& call) {
  const ObjectKey key = call.key();
  const auto object = store.get(key);
  if (!object && object.error().code == ErrorCode::not_found) return not_found(*call.kind, call.name);
  if (!object) return of_store(object.error());
  const auto login = store.login_record(key);
  if (!login && login.error().code != ErrorCode::not_found) return of_store(login.error());
  return to_response(200, {{"apiVersion", call.kind->api_version()},
                           {"kind", credentials_kind},
                           {"metadata",
                            {{"name", key.name},
                             {"namespace", key.ns},
                             {"uid", object->uid},
                             {"resourceVersion", std::to_string(object->version)}}},
                           {"credentials", login ? live_verifiers(*login) : json::array()}});
}

}  // namespace doorward::rest
