#pragma once
// Reviews tokens at the Kubernetes API server. One thread of its own does it all, with a bound on the reviews
// under way; whoever asks is on another thread and is called back. One review is under way for each token,
// however many ask; what came of it is remembered for a while (review_memory.hpp). Those beyond the bound
// wait, and the realms that they are for take turns (review_turns.hpp).
//
// A server that is slow or gone costs each that asks `sys_temp` after the time limit, and nobody else
// anything. Owned by the service; it goes after the loops have stopped and before they are destroyed, since
// those that still wait are dropped with it.
#include "server/client/api_server.hpp"
#include "server/ops/exposition.hpp"
#include "server/reviews/review_memory.hpp"
#include "server/reviews/review_turns.hpp"
#include "server/reviews/token_reviews.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace doorward {

struct ReviewSettings {
  ApiServerSettings server;
  std::vector<std::string> audiences;        // a token must be for one of them; empty: the API server's own
  std::chrono::milliseconds timeout{5'000};  // of a review, with the time that it waits for its turn
  ReviewTurns::Bounds turns;                 // of those under way, and those that wait for their turn
  std::size_t answer_bytes = 256u << 10;
  ReviewMemory::Limits memory;
};

class Reviewer : public TokenReviews {
 public:
  explicit Reviewer(ReviewSettings settings);
  ~Reviewer() override;

  std::optional<Review> known(const Secret& token) override;
  void review(const Secret& token, const ReviewLine& line, Done done) override;

  // Any thread.
  void collect(metrics::Exposition& page) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace doorward
