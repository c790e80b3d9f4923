#pragma once
// OpenAPI 3.0 of what is served, from the same table that validates it: an index and one document for each
// group and version, as kubectl reads them for `explain`, for field validation and for dry runs.
#include "server/rest/published/served.hpp"
#include "server/rest/wire/exchange.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::rest {

// One schema in the terms of OpenAPI.
nlohmann::json openapi_schema(const resources::Schema& schema);
// Paths and operations of one resource; `schema_name`: of one object among the document's components.
nlohmann::json openapi_paths(const Served& served, const std::string& schema_name);

class OpenApi {
 public:
  OpenApi(const std::vector<Served>& served, const std::string& version);

  // Every version of kubectl asks for OpenAPI 2 in protobuf first, and is content with nothing of that type.
  static Response empty_v2();
  Response index() const { return {.body = index_}; }
  // `apis/G/V` or `api/V`; nothing where it does not exist.
  std::optional<Response> document(std::string_view path) const;

 private:
  std::string index_;
  std::map<std::string, std::string, std::less<>> documents_;
};

}  // namespace doorward::rest
