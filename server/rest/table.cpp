#include "server/rest/table.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/rest/object_view.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <utility>

namespace doorward::rest {

using nlohmann::json;
using resources::Column;

namespace {

const json* at(const json& object, const std::vector<std::string_view>& path) {
  const json* found = &object;
  for (const std::string_view name : path) {
    if (found == nullptr) return nullptr;
    found = resources::find_at(*found, {name});
  }
  return found;
}

// Names that strangers chose are among them, and a terminal must not obey those.
std::string printable(const std::string& text) {
  const std::string escaped = quoted(text, text.size());
  return escaped.contains("\\x") ? escaped : text;
}

json raw_cell_of(const Column& column, const json& object) {
  if (column.cell != nullptr) return column.cell(object);
  const json* value = at(object, column.path);
  if (value == nullptr) return "";
  if (value->is_array()) {  // as one line: a cell is no place for a list
    std::string text;
    for (const json& item : *value)
      text += (text.empty() ? "" : "; ") +
              (item.is_string() ? item.get<std::string>() : resources::to_text(item));
    return text;
  }
  return *value;
}

json cell_of(const Column& column, const json& object) {
  json cell = raw_cell_of(column, object);
  if (cell.is_string()) cell = printable(cell.get<std::string>());
  return cell;
}

// `2026-11-22T20:39:41Z`, as the server writes it.
std::optional<std::chrono::sys_seconds> parse_time(std::string_view text) {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const std::string copy(text.substr(0, 20));
  if (std::sscanf(copy.c_str(), "%4d-%2u-%2uT%2u:%2u:%2uZ", &year, &month, &day, &hour, &minute, &second) !=
      6)
    return std::nullopt;
  using namespace std::chrono;
  return sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)) + hours(hour) +
         minutes(minute) + seconds(second);
}

json column(std::string_view name, std::string_view type, int priority, std::string_view format = "") {
  return {{"name", name}, {"type", type}, {"format", format}, {"description", ""}, {"priority", priority}};
}

}  // namespace

IncludeObject include_object(std::string_view parameter) {
  if (parameter == "None") return IncludeObject::none;
  if (parameter == "Object") return IncludeObject::object;
  return IncludeObject::metadata;
}

std::string age(std::string_view created, std::chrono::sys_seconds now) {
  const auto then = parse_time(created);
  if (!then) return "<unknown>";
  const long long seconds = std::max<long long>(0, (now - *then).count());
  const long long minutes = seconds / 60, hours = minutes / 60, days = hours / 24, years = days / 365;
  const auto text = [](long long amount, char unit, long long rest = 0, char rest_unit = ' ') {
    std::string out = std::to_string(amount) + unit;
    if (rest > 0) out += std::to_string(rest) + rest_unit;
    return out;
  };
  // The steps of k8s.io/apimachinery's HumanDuration: two units while the second one still says something.
  if (seconds < 120) return text(seconds, 's');
  if (minutes < 10) return text(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return text(minutes, 'm');
  if (hours < 8) return text(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return text(hours, 'h');
  if (days < 8) return text(days, 'd', hours % 24, 'h');
  if (days < 365 * 2) return text(days, 'd');
  if (years < 8) return text(years, 'y', days % 365, 'd');
  return text(years, 'y');
}

json table_columns(const resources::Kind& kind) {
  json columns = json::array({column("Name", "string", 0, "name")});
  for (const Column& entry : kind.columns) columns.push_back(column(entry.name, entry.type, entry.priority));
  columns.push_back(column("Age", "date", 0));
  return columns;
}

json table_row(const resources::Kind& kind, const json& object, IncludeObject include,
               std::chrono::sys_seconds now) {
  json cells = json::array({printable(resources::text_at(object, {"metadata", "name"}))});
  for (const Column& entry : kind.columns) cells.push_back(cell_of(entry, object));
  cells.push_back(age(resources::text_at(object, {"metadata", "creationTimestamp"}), now));
  json row{{"cells", std::move(cells)}};
  if (include == IncludeObject::object) row["object"] = object;
  if (include == IncludeObject::metadata) row["object"] = metadata_only(object);
  return row;
}

json table(const resources::Kind& kind, json rows, std::string_view resource_version) {
  return {{"kind", "Table"},
          {"apiVersion", "meta.k8s.io/v1"},
          {"metadata", {{"resourceVersion", resource_version}}},
          {"columnDefinitions", table_columns(kind)},
          {"rows", std::move(rows)}};
}

}  // namespace doorward::rest
