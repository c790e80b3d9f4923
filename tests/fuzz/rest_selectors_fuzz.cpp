// Selectors: the first line is one of labels, the rest one of fields. What is read can be held against any
// object.
#include "server/rest/wire/selectors.hpp"

#include <algorithm>
#include <cstdint>

using namespace doorward;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const resources::Kind& kind = *resources::find_kind(resources::store_kind::messaging_users);
  static const nlohmann::json objects[] = {
      nullptr, nlohmann::json::object(),
      nlohmann::json::parse(
          R"({"metadata":{"name":"a.b","labels":{"app":"x","odd":1}},"spec":{"username":"u","authentication":[]}})")};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const auto selectors =
      rest::Selectors::parse(kind, text.substr(0, line), text.substr(std::min(line + 1, text.size())));
  if (!selectors) return 0;
  for (const auto& object : objects) (void)selectors->matches(object);
  (void)selectors->may_change();
  (void)selectors->only_name();
  return 0;
}
