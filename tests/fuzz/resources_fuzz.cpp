// Manifests: YAML into documents, documents into kinds, each validated and rid of its secrets. Whatever is
// read must come back from JSON, whatever is said must be fit for a log, and no secret may be left.
#include "server/resources/document/json_access.hpp"
#include "server/resources/document/yaml.hpp"
#include "server/resources/document/yaml_writer.hpp"
#include "server/resources/kinds/messaging_user.hpp"
#include "server/resources/kinds/realm_names.hpp"
#include "server/resources/kinds/redaction.hpp"
#include "server/resources/manifest.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace doorward;
using namespace doorward::resources;
using nlohmann::json;

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

constexpr YamlBounds bounds{
    .file_bytes = 64 * 1024, .expanded_bytes = 1024 * 1024, .depth = 32, .faults = 20};
// A key that a parser may look ahead for has 1,024 characters at most (YAML 1.2.2, section 7.4.2).
constexpr std::size_t longest_json = 1'000;

void check_fault(const Fault& fault, std::uint32_t lines) {
  const std::string text = fault.text();
  must(is_utf8(text), "a fault that is not UTF-8");
  must(std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }),
       "a fault that would break a log line");
  must(fault.line <= lines, "a fault behind the end of the file");
}

void check_document(const Document& document) {
  const std::string text = to_text(document.value);
  must(json::parse(text, nullptr, false) == document.value, "a document that does not come back from JSON");
  if (text.size() > longest_json) return;
  const Reading again = read_yaml(text, "again.json", bounds);
  must(again.faults.empty() && again.documents.size() == 1 && again.documents[0].value == document.value,
       "JSON that is not read as YAML");
  const Reading written = read_yaml(to_yaml(document.value), "again.yaml", bounds);
  must(
      written.faults.empty() && written.documents.size() == 1 && written.documents[0].value == document.value,
      "YAML that does not come back as it was written");
}

void check_manifest(const Manifest& manifest) {
  json object = manifest.document.value;
  redact(*manifest.kind, object);
  json again = object;
  redact(*manifest.kind, again);
  must(again == object, "secrets that are left after they were removed");
  // Of other kinds it is a field like any other one.
  const bool is_user = manifest.kind->store_kind == store_kind::messaging_users;
  must(!is_user || (find_at(object, {"spec", "authentication", "password"}) == nullptr &&
                    find_at(object, {"spec", "authentication", "credentials"}) == nullptr),
       "a password that is left");
  if (!manifest.valid) return;
  must(check(manifest.kind->schema, object).empty(), "an object that no longer fits its schema");
  if (!is_user) return;
  for (const auto& [name, value] : manifest.document.value.items())
    must(parse_only(to_text(manifest.document.value), name)[name] == value,
         "a member that is not found in its text");
  DerivedPassword derived;
  const auto login = derive_login(manifest.document.value,
                                  waiting_realm(manifest.key.ns, address_space_of(manifest.key.name)),
                                  std::nullopt, {.hashes = {}}, derived);
  must(login || !login.error().empty(), "a user that is refused without a reason");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = static_cast<std::uint32_t>(std::ranges::count(text, '\n')) + 1;
  Reading reading = read_yaml(text, "fuzz.yaml", bounds);
  for (const auto& fault : reading.faults) check_fault(fault, lines);
  for (const auto& document : reading.documents) check_document(document);
  const Manifests manifests = identify(std::move(reading.documents), Settings{});
  for (const auto& fault : manifests.faults) check_fault(fault, lines);
  for (const auto& manifest : manifests.manifests) check_manifest(manifest);
  return 0;
}
