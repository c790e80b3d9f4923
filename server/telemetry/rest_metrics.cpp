#include "server/telemetry/rest_metrics.hpp"

#include "server/resources/kinds/catalogue.hpp"
#include "server/rest/served_kinds.hpp"
#include "server/rest/wire/target.hpp"

#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

namespace doorward {
namespace {

// A path that names no resource: discovery, OpenAPI, `/version`.
constexpr std::string_view no_resource = "none";

// The stream of a watch, counted while it lives.
class CountedStream final : public rest::Stream {
 public:
  CountedStream(std::shared_ptr<rest::Stream> stream, std::atomic<std::int64_t>& open)
      : stream_(std::move(stream)), open_(open) {
    open_.fetch_add(1, std::memory_order_relaxed);
  }
  ~CountedStream() override { open_.fetch_sub(1, std::memory_order_relaxed); }

  std::optional<std::string> next(std::chrono::steady_clock::time_point deadline) override {
    return stream_->next(deadline);
  }
  void stop() override { stream_->stop(); }

 private:
  const std::shared_ptr<rest::Stream> stream_;
  std::atomic<std::int64_t>& open_;
};

}  // namespace

struct RestMetrics::Asked {
  std::string_view verb = metrics::other;
  std::string resource{metrics::other};
  std::string ns;
  bool writes = false;  // an object that is kept
};

RestMetrics::RestMetrics() {
  for (const rest::Served& served : rest::served_kinds()) watches_.try_emplace(served.plural, 0);
}

RestMetrics::Asked RestMetrics::asked(const rest::Request& request) const {
  Asked asked;
  const auto segments = rest::split_path(request.path);
  const auto query = rest::Query::parse(request.query);
  if (!segments || !query) return asked;
  auto target = rest::target_of(*segments);
  const bool of_one = target && !target->name.empty();
  const std::string_view verb = rest::verb_of(request.method, of_one || !target, query->flag("watch"));
  if (!verb.empty()) asked.verb = verb;
  if (!target) {
    asked.resource = no_resource;
    return asked;
  }
  if (watches_.contains(target->resource)) asked.resource = target->resource;
  asked.ns = std::move(target->ns);
  asked.writes = verb != "get" && verb != "list" && verb != "watch" &&
                 resources::find_kind_of_path(target->group, target->version, target->resource) != nullptr;
  return asked;
}

void RestMetrics::count(const Asked& asked, rest::Response& response) {
  const std::string code = std::to_string(response.status);
  requests_.add({asked.verb, asked.resource, code});
  if (asked.writes && response.status >= 400) {
    const bool may_write = response.status != 403;
    refused_.add({may_write ? std::string_view(asked.ns) : metrics::other, code});
  }
  const auto watched = watches_.find(asked.resource);
  if (response.stream && watched != watches_.end())
    response.stream = std::make_shared<CountedStream>(std::move(response.stream), watched->second);
}

RestMetrics::Answer RestMetrics::metered(Answer answer) {
  return [this, answer = std::move(answer)](rest::Request&& request) {
    const Asked what = asked(request);
    const auto began = std::chrono::steady_clock::now();
    rest::Response response = answer(std::move(request));
    durations_.observe({what.verb}, std::chrono::steady_clock::now() - began);
    count(what, response);
    return response;
  };
}

RestMetrics::Refuse RestMetrics::metered_refusals(Refuse refuse) {
  return [this, refuse = std::move(refuse)](const rest::Request& head) {
    auto response = refuse(head);
    if (response) count(asked(head), *response);
    return response;
  };
}

void RestMetrics::count_stranger(int status) {
  requests_.add({metrics::other, metrics::other, std::to_string(status)});
}

void RestMetrics::collect(metrics::Exposition& page) const {
  requests_.collect(page);
  durations_.collect(page);
  refused_.collect(page);
  page.family("doorward_rest_watches", metrics::Type::gauge, "Watches that are open, by resource.");
  for (const auto& [resource, open] : watches_) {
    const metrics::Label labels[] = {{"resource", resource}};
    page.sample(labels, static_cast<std::uint64_t>(open.load(std::memory_order_relaxed)));
  }
}

}  // namespace doorward
