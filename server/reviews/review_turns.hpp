#pragma once
// Which token is reviewed next. Reviews wait in the line of the realm that asks, those of callers of the REST
// API in one for each address that they come from, and the lines take turns: whoever brings a thousand new
// tokens holds up his own line. So that this holds as well where the API server is slow and reviews last, a
// line never has all that may be under way, but half at most (fair_shares.hpp).
//
// Realms that are not served share one line, of which one review is under way at a time. Their tokens are
// reviewed at all since the time of the answer would else tell which realms are served; and so that this
// costs the API server next to nothing, what exceeds a short line is refused.
//
// A value without clock, thread and token; its owner guards it.
#include "server/reviews/token_reviews.hpp"
#include "store/model/fair_queue.hpp"
#include "store/model/fair_shares.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace doorward {

class ReviewTurns {
 public:
  using Id = std::uint64_t;  // the caller's, of one review
  struct Bounds {
    std::size_t under_way = 16;       // reviews
    std::size_t waiting = 4'096;      // reviews, but for those of realms that are not served
    std::size_t unknown_realms = 64;  // and those, behind the one whose turn it is, or that is under way
  };

  explicit ReviewTurns(Bounds bounds) : bounds_(bounds), under_way_(bounds.under_way) {}

  // False where there is no room, and it does not wait then.
  [[nodiscard]] bool wait(Id id, const ReviewLine& line);
  // Somebody else asks for the same review: whichever of the lines is first takes it along, and a realm that
  // is served takes it out of the line of those that are not. False where nothing changes by that, as where
  // it has begun.
  bool join(Id id, const ReviewLine& line);
  // The one that begins now; nothing where none may.
  std::optional<Id> next();
  // Whether next() would find none.
  bool none() const;
  // It has ended, begun or not, and makes room for another one.
  void ended(Id id);

 private:
  void leave(const std::string& line, Id id);
  void call_next_stranger();

  const Bounds bounds_;
  FairQueue<Id> turns_;
  FairShares under_way_;
  std::unordered_map<Id, std::string> began_in_;  // the line in which each one under way had its turn
  std::unordered_map<Id, std::vector<std::string>> lines_of_;  // that wait, but for strangers'
  std::optional<Id> stranger_;                                 // whose turn it is, or that is under way
  std::deque<Id> strangers_;                                   // behind that one
};

}  // namespace doorward
