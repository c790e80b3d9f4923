#include "server/space_report.hpp"

#include "server/ops/log.hpp"
#include "server/resources/catalogue.hpp"

#include <string>

#include <nlohmann/json.hpp>

namespace doorward {
namespace {

constexpr std::size_t max_lines = 200;

constexpr const char* example =
    "{apiVersion: enmasse.io/v1beta1, kind: AddressSpace, metadata: {name: myspace}, "
    "spec: {type: standard, plan: small}}";

}  // namespace

void log_address_spaces(const Store& store) {
  const auto spaces = store.list({.kind = std::string(resources::store_kind::address_spaces)});
  if (!spaces) {
    log::warning("address spaces cannot be listed", {{"reason", spaces.error().message}});
    return;
  }
  if (spaces->objects.empty()) {
    log::warning("no address space, so nobody can log in: apply one, for example with --resources",
                 {{"example", example}});
  }
  std::size_t lines = 0;
  for (const StoredObject& space : spaces->objects) {
    const auto document = nlohmann::json::parse(space.document, nullptr, false);
    const auto status = document.is_object() ? document.value("status", nlohmann::json()) : nlohmann::json();
    if (!status.is_object()) continue;
    const bool ready = status.value("isReady", false);
    for (const auto& message : status.value("messages", nlohmann::json::array())) {
      if (!message.is_string()) continue;
      if (++lines > max_lines) {
        log::warning("more address spaces have messages than are shown here");
        return;
      }
      log::write(ready ? log::Level::info : log::Level::warning,
                 ready ? "address space" : "address space is not ready",
                 {{"space", space.key.ns + "/" + space.key.name},
                  {"message", message.get_ref<const std::string&>()}});
    }
  }
}

}  // namespace doorward
