#pragma once
// GET of an object and of a collection. All pages of a list, and all pieces of a large one, show the store as
// it was at one version. Any thread.
#include "server/rest/call.hpp"
#include "server/rest/continue_token.hpp"
#include "server/rest/object_view.hpp"
#include "store/store.hpp"

#include <vector>

namespace doorward::rest {

class Lists {
 public:
  // Objects that are in memory at once: a longer list leaves piece by piece.
  static constexpr std::size_t piece = 500;
  // A piece, and a page that a client asked for, ends earlier where the documents in it take that much.
  static constexpr std::size_t piece_bytes = std::size_t{4} << 20;

  Lists(const Store& store, ContinueTokens tokens) : store_(store), tokens_(std::move(tokens)) {}

  Reply<Response> get(const Call& call) const;
  Reply<Response> list(const Call& call) const;
  // Of objects that are computed and not in the store.
  static Response list_of(const Call& call, const resources::Kind& kind, std::vector<nlohmann::json> objects,
                          ResourceVersion version);

 private:
  const Store& store_;
  ContinueTokens tokens_;
};

// One object in the form that the client wants.
Response object_response(const Call& call, int status, const nlohmann::json& object);

}  // namespace doorward::rest
