#pragma once
// Resources that are not kept: reviews, which a POST asks and its answer answers, and objects that are
// made when somebody looks. Whoever has one adds a row to Api::Parts.
#include "server/resources/kinds/catalogue.hpp"
#include "server/rest/wire/failure.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::rest {

struct VirtualResource {
  std::string group, version, plural, kind;
  bool namespaced = false;
  // POST: the review in `body` with its status, for 201. Empty: not created.
  std::function<Reply<nlohmann::json>(const Request& request, const std::string& ns, nlohmann::json body)>
      create = {};
  // GET: all of them, of one namespace or (where it is empty) of every one. Empty: not listed. Needs `shown`,
  // the kind that says its columns and schema.
  std::function<Reply<std::vector<nlohmann::json>>(const std::string& ns)> list = {};
  // DELETE of one of them: the last of it, or with a dry run what would be. Empty: not deleted.
  std::function<Reply<nlohmann::json>(const std::string& name, bool dry_run)> remove = {};
  const resources::Kind* shown = nullptr;
};

// Objects of a kind that are listed and deleted, and never made by a request. `kind` lives as long as the
// process.
inline VirtualResource virtual_of(const resources::Kind& kind, decltype(VirtualResource::list) list,
                                  decltype(VirtualResource::remove) remove) {
  return {.group = std::string(kind.group),
          .version = std::string(kind.version),
          .plural = std::string(kind.plural()),
          .kind = std::string(kind.name),
          .list = std::move(list),
          .remove = std::move(remove),
          .shown = &kind};
}

}  // namespace doorward::rest
