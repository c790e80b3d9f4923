#pragma once
// What a client finds out first: which groups, versions and resources there are. Each document in the form
// that every client reads, and the two roots also as one aggregated list, for whoever asks for it by name
// (`apidiscovery.k8s.io/v2`). Pure functions of what is served.
#include "server/rest/published/served.hpp"
#include "server/rest/wire/exchange.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace doorward::rest {

// One of the media ranges of an `Accept` header has this parameter with this value.
bool asks_for(std::string_view accept, std::string_view name, std::string_view value);
// Some media range asks for the aggregated list in the version that is spoken here.
bool asks_for_aggregated_discovery(std::string_view accept);

class Discovery {
 public:
  explicit Discovery(std::vector<Served> served) : served_(std::move(served)) {}

  Response core(std::string_view accept) const;    // /api
  Response groups(std::string_view accept) const;  // /apis
  // Nothing where there is no such group or version.
  std::optional<Response> group(std::string_view name) const;  // /apis/G
  std::optional<Response> resources(std::string_view group,
                                    std::string_view version) const;  // /apis/G/V, /api/V

 private:
  std::vector<std::string> group_names() const;
  std::vector<std::string> versions_of(std::string_view group) const;
  Response aggregated(bool core) const;

  const std::vector<Served> served_;
};

}  // namespace doorward::rest
