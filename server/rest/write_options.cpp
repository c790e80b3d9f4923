#include "server/rest/write_options.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/rest/wire/body.hpp"
#include "store/model/names.hpp"

#include <algorithm>

namespace doorward::rest {

using nlohmann::json;

namespace {

constexpr std::size_t max_manager_bytes = 128;

Reply<bool> dry_run_of(const Query& query) {
  bool dry_run = false;
  for (const std::string_view value : query.all("dryRun")) {
    if (value != "All")
      return unprocessable("dryRun: Unsupported value: " + quoted(value) + ": supported values: \"All\"");
    dry_run = true;
  }
  return dry_run;
}

std::optional<std::string> text_or_nothing(const json& value, std::initializer_list<std::string_view> path) {
  const json* found = resources::find_at(value, path);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

}  // namespace

Reply<WriteOptions> WriteOptions::of(const Call& call) {
  WriteOptions options;
  const auto dry_run = dry_run_of(call.query);
  if (!dry_run) return std::unexpected(dry_run.error());
  options.dry_run = *dry_run;
  const auto fields = field_validation(call.query.text("fieldValidation"));
  if (!fields) return std::unexpected(fields.error());
  options.fields = *fields;
  options.force = call.query.flag("force");
  options.manager = call.query.text("fieldManager");
  if (options.manager.size() > max_manager_bytes)
    return unprocessable("fieldManager: must not have more than " + std::to_string(max_manager_bytes) +
                         " bytes");
  if (!is_utf8(options.manager)) return unprocessable("fieldManager: must be UTF-8 text");
  return options;
}

Reply<DeleteOptions> DeleteOptions::of(const Call& call) {
  DeleteOptions options;
  const auto dry_run = dry_run_of(call.query);
  if (!dry_run) return std::unexpected(dry_run.error());
  options.dry_run = *dry_run;
  if (call.request.body.empty()) return options;
  auto body = read_body(call.request, BodyKind::delete_options);
  if (!body) return std::unexpected(std::move(body.error()));
  const json& value = body->value;
  if (!value.is_object()) return bad_request("the body must be DeleteOptions");
  options.uid = text_or_nothing(value, {"preconditions", "uid"});
  options.resource_version = text_or_nothing(value, {"preconditions", "resourceVersion"});
  if (const json* asked = resources::find_at(value, {"dryRun"}); asked != nullptr && asked->is_array()) {
    for (const json& one : *asked) {
      if (one != "All") return unprocessable("dryRun: Unsupported value: supported values: \"All\"");
      options.dry_run = true;
    }
  }
  return options;
}

}  // namespace doorward::rest
