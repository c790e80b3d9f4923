#pragma once
// What the REST API says about itself, to everybody: `/version`, discovery and OpenAPI. Made once; any thread
// may ask.
#include "server/rest/published/discovery.hpp"
#include "server/rest/published/openapi.hpp"
#include "server/rest/published/served.hpp"
#include "server/rest/wire/exchange.hpp"

#include <optional>
#include <string>
#include <vector>

namespace doorward::rest {

class PublicDocuments {
 public:
  // `version`: of doorward, `0.1.0`.
  PublicDocuments(std::vector<Served> served, const std::string& version);

  // Nothing where the path is none of these documents, or the method is not GET.
  std::optional<Response> answer(const Request& request) const;

 private:
  const Discovery discovery_;
  const OpenApi openapi_;
  const std::string version_;  // the whole document
};

}  // namespace doorward::rest
