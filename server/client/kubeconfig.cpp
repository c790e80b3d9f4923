#include "server/client/kubeconfig.hpp"

#include "server/resources/document/yaml.hpp"
#include "store/model/base64.hpp"
#include "store/model/names.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace doorward {
namespace {

using nlohmann::json;

// Thrown and caught in this file: what is wrong, and what to do.
struct Wrong {
  std::string message;
};

const json& member(const json& object, const std::string& name) {
  static const json null;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? *found : null;
}

std::string text_in(const json& object, const std::string& name) {
  const json& value = member(object, name);
  if (value.is_null()) return "";
  if (!value.is_string()) throw Wrong{name + " must be text"};
  return value.get<std::string>();
}

// `clusters`, `contexts` and `users` are lists of {name, cluster|context|user}.
const json& entry(const json& config, const std::string& kind, const std::string& name) {
  for (const json& candidate : member(config, kind + "s")) {
    if (text_in(candidate, "name") == name) return member(candidate, kind);
  }
  throw Wrong{kind + ' ' + quoted(name) + " is not in it: correct the name, or add it"};
}

void refuse(const json& object, std::initializer_list<const char*> fields, const char* instead) {
  for (const char* field : fields) {
    const json& value = member(object, field);
    if (value.is_null() || value == json(false)) continue;
    throw Wrong{std::string(field) + " is more than doorward does: " + instead};
  }
}

// `NAME-data` in base64, or else the path `NAME`.
std::string data_or_path(const json& object, const std::string& name, const std::filesystem::path& folder,
                         std::filesystem::path& path) {
  if (const std::string data = text_in(object, name + "-data"); !data.empty()) {
    auto decoded = base64_decode(data);
    if (!decoded) throw Wrong{name + "-data is no base64"};
    return std::move(*decoded);
  }
  if (const std::string named = text_in(object, name); !named.empty()) path = folder / named;
  return "";
}

// The name that is asked for and verified where it is not the one in `server`: a DNS name or an IP address.
std::string tls_name_in(const json& cluster) {
  std::string name = text_in(cluster, "tls-server-name");
  const bool fit = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == ':';
  });
  if (!fit)
    throw Wrong{"tls-server-name " + quoted(name) + " is no name: write the one that the certificate has"};
  return name;
}

Kubeconfig read(const json& config, const std::filesystem::path& folder) {
  const std::string current = text_in(config, "current-context");
  if (current.empty()) throw Wrong{"has no current-context: name one of its contexts"};
  const json& context = entry(config, "context", current);
  const json& cluster = entry(config, "cluster", text_in(context, "cluster"));
  const json& user = entry(config, "user", text_in(context, "user"));
  refuse(cluster, {"insecure-skip-tls-verify"}, "give the cluster its certificate-authority");
  refuse(cluster, {"proxy-url"}, "give the server where it can be reached without a proxy");
  refuse(user, {"exec", "auth-provider", "username", "password", "as"},
         "give the user a token, a tokenFile or a client certificate");

  Kubeconfig out;
  out.files.server = text_in(cluster, "server");
  if (const std::string fault = fault_of_server(out.files.server); !fault.empty()) throw Wrong{fault};
  out.inlined.tls_name = tls_name_in(cluster);
  out.inlined.ca = data_or_path(cluster, "certificate-authority", folder, out.files.ca);
  out.inlined.certificate = data_or_path(user, "client-certificate", folder, out.files.client_certificate);
  out.inlined.key = Secret(data_or_path(user, "client-key", folder, out.files.client_key));
  // tokenFile goes before token, as in Kubernetes' own clients.
  if (const std::string file = text_in(user, "tokenFile"); !file.empty()) {
    out.files.token_file = folder / file;
  } else {
    out.inlined.token = Secret(text_in(user, "token"));
  }
  return out;
}

}  // namespace

Result<Kubeconfig> read_kubeconfig(std::string_view text, const std::filesystem::path& path) {
  const std::string name = quoted(path.native(), 256);
  const resources::Reading reading =
      resources::read_yaml(text, path.native(), {.file_bytes = 1u << 20, .expanded_bytes = 4u << 20});
  // Its faults may quote a secret: the place is enough.
  if (!reading.faults.empty()) {
    return fail(ErrorCode::unavailable,
                name + " is no kubeconfig: look at line " + std::to_string(reading.faults[0].line));
  }
  if (reading.documents.size() != 1) {
    return fail(ErrorCode::unavailable, name + " is no kubeconfig: it must be one document");
  }
  try {
    return read(reading.documents[0].value, path.parent_path());
  } catch (const Wrong& wrong) {
    return fail(ErrorCode::unavailable, name + ": " + wrong.message);
  }
}

}  // namespace doorward
