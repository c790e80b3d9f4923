#pragma once
// What the REST API is asked and what it answers, as metrics, in front of whatever answers. What a client
// makes up (a path, a method, a namespace) makes no series: resources are those that there are, and the
// namespace of a refused write is told only where its writer may write to it at all.
//
// Any thread. Must outlive the requests and their watches.
#include "server/ops/metrics.hpp"
#include "server/rest/wire/exchange.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace doorward {

class RestMetrics {
 public:
  using Answer = std::function<rest::Response(rest::Request&&)>;
  // Namespaces with series of their own; those that come later share `other`.
  static constexpr std::size_t max_namespaces = 500;

  RestMetrics();

  // `answer`, and what becomes of each request is counted; a watch for as long as somebody holds its stream.
  Answer metered(Answer answer);
  using Refuse = std::function<std::optional<rest::Response>(const rest::Request&)>;
  // `refuse`, and what it refuses is counted as a request that was answered so.
  Refuse metered_refusals(Refuse refuse);
  // A request whose sender could not be told, and that was not looked at further.
  void count_stranger(int status);

  void collect(metrics::Exposition& page) const;

 private:
  struct Asked;
  Asked asked(const rest::Request& request) const;
  void count(const Asked& asked, rest::Response& response);

  metrics::Counters requests_{{"doorward_rest_requests",
                               "Requests to the REST API that were answered, a watch when it began.",
                               {{"verb"}, {"resource", 64}, {"code", 32}}}};
  metrics::Durations durations_{{"doorward_rest_request_duration_seconds",
                                 "From the whole request to its answer, of a watch to its beginning.",
                                 {{"verb"}}}};
  metrics::Counters refused_{
      {"doorward_rest_writes_refused",
       "Writes through the REST API that were refused, by the namespace of the object. What was forbidden "
       "(403) counts as `other`, since anybody may name any namespace.",
       {{"object_namespace", max_namespaces}, {"code", 32}}}};
  std::map<std::string, std::atomic<std::int64_t>, std::less<>> watches_;  // by resource; its keys stay
};

}  // namespace doorward
