#include "server/rest/served_kinds.hpp"

#include "server/rest/credentials.hpp"
#include "server/rest/guessed_accounts.hpp"
#include "server/rest/reserved_realms.hpp"
#include "server/rest/reviews.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace doorward::rest {

namespace {

Served row_of(const resources::Kind& kind) {
  Served row{
      .group = std::string(kind.group), .version = std::string(kind.version), .kind = std::string(kind.name)};
  row.plural = kind.plural();
  row.namespaced = kind.is_namespaced();
  row.has_status = !kind.computed && resources::find_property(kind.schema, "status") != nullptr;
  row.verbs = kind.computed ? std::vector<std::string>{"get", "list", "watch"}
                            : std::vector<std::string>{"create", "delete", "deletecollection", "get",
                                                       "list",   "patch",  "update",           "watch"};
  if (row.group.ends_with("enmasse.io")) row.categories = {"enmasse"};
  row.schema = &kind.schema;
  if (kind.store_kind == resources::store_kind::messaging_users)
    row.read_subresources = {
        {std::string(credentials_subresource), std::string(credentials_kind), &credentials_schema()}};
  return row;
}

}  // namespace

std::vector<Served> served_kinds() {
  std::vector<Served> served{{.group = "",
                              .version = "v1",
                              .plural = "namespaces",
                              .kind = "Namespace",
                              .namespaced = false,
                              .verbs = {"get"},
                              .short_names = {"ns"}}};
  for (const auto kinds : {resources::kinds(), resources::older_kinds()}) {
    for (const resources::Kind& kind : kinds) served.push_back(row_of(kind));
  }
  served.push_back(served_reserved_realms());
  served.push_back(served_guessed_accounts());
  std::ranges::move(served_reviews(), std::back_inserter(served));
  return served;
}

}  // namespace doorward::rest
