#pragma once
// Who is connected, within two bounds: one for connections that make requests, one for those that watch, so
// that neither takes a place from the other; of those that watch, one caller may have a part, and of those
// whose requests are under way half at most (fair_shares.hpp). When all places are taken, a newcomer gets
// that of the stranger who came first, whatever it does, so that nobody who says nothing of himself keeps
// others out; then that of the known client that has sent neither a whole head nor a whole body for longest.
// While all known ones are answered, it waits in the kernel's backlog.
//
// Any thread may call anything.
#include "server/rest/wire/exchange.hpp"
#include "store/model/fair_shares.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>

namespace doorward::http {

class Seats {
 public:
  Seats(std::size_t connections, std::size_t watches, std::size_t watches_of_caller)
      : connections_(connections),
        watches_(watches),
        watches_of_caller_(watches_of_caller),
        requests_(connections) {}

  class Seat {
   private:
    friend class Seats;
    enum class State : std::uint8_t { idle, reading, answering, watching, turned_out };
    State state = State::idle;
    bool known = false;                                // who it is, by the last request
    bool shares = false;                               // counts among the requests of its caller
    std::chrono::steady_clock::time_point idle_since;  // the last request, or the head of this one
    std::function<void()> interrupt;
    std::shared_ptr<rest::Stream> stream;
    std::string caller;  // whose request or watch it is
  };

  // A place for a new connection, idle until work(). Waits for one; null once stop() was called. `interrupt`
  // makes the connection's thread return from whatever it waits for; it is called at most until leave().
  Seat* take(std::function<void()> interrupt);
  void leave(Seat* seat);

  // A request has begun. False where the client has been turned out.
  bool work(Seat& seat);
  // Its head is there, and says who the client is; empty: a stranger, of whom none has a share.
  enum class Heard : std::uint8_t { yes, turned_out, too_many_of_caller };
  Heard hear(Seat& seat, const std::string& caller);
  // So is its body: nobody turns a known one out until rest(). False where that has already happened.
  bool answer(Seat& seat);
  // The request is over. False where the connection has to end.
  bool rest(Seat& seat);
  enum class Watching : std::uint8_t { yes, too_many, too_many_of_caller };
  // The answer is a watch. `too_many` also where the server is stopping. Once it is `yes`, stop() stops the
  // stream; the place is given back by rest().
  Watching watch(Seat& seat, const std::string& caller, std::shared_ptr<rest::Stream> stream);

  // No more places; idle clients are turned out, watches told to end. Requests go on.
  void stop();
  bool stopping() const;
  // Waits until everybody has left, and interrupts whoever is still there then.
  void empty(std::chrono::milliseconds grace);

  std::size_t watching() const;

 private:
  void turn_out(Seat& seat);
  void give_share_back(Seat& seat);
  Seat* least();  // of those who may be turned out; null: nobody
  std::size_t requesting() const { return seats_.size() - watching_; }

  std::size_t watching(const std::string& caller) const;

  const std::size_t connections_, watches_, watches_of_caller_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Seat> seats_;
  FairShares requests_;  // of known callers, that are under way
  std::size_t watching_ = 0;
  bool stopping_ = false;
};

}  // namespace doorward::http
