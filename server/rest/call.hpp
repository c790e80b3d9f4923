#pragma once
// A request that has been taken apart: which object or collection it is about, and what it asks. Made by the
// router, given to whoever answers.
#include "server/rest/wire/exchange.hpp"
#include "server/rest/wire/percent.hpp"
#include "store/store.hpp"

#include <string>
#include <string_view>

namespace doorward::rest {

struct Call {
  const Request& request;
  const Query& query;
  const resources::Kind* kind = nullptr;  // null: of a virtual resource
  std::string ns = {};                    // empty: cluster scope, or every namespace
  std::string name = {};                  // empty: the collection
  std::string subresource = {};

  ObjectKey key() const { return {std::string(kind->store_kind), ns, name}; }
};

// Adds `Warning: 299 - "..."` (RFC 7234 section 5.5), one for each different text and not too many.
void add_warnings(Response& response, const std::vector<std::string>& warnings);

}  // namespace doorward::rest
