#pragma once
// Times that end. All of a queue are equally long, so they end in the order in which they began, and one
// timer for the first does for all: one for each would be set and cancelled twice in every login.
//
// Of one loop, on whose thread every call is made.
#include "server/login/task.hpp"

#include <chrono>

#include <boost/intrusive/list.hpp>

namespace doorward {

class Deadlines {
  using Hook = boost::intrusive::list_base_hook<boost::intrusive::tag<Deadlines>,
                                                boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

 public:
  using Clock = std::chrono::steady_clock;

  // Whose time is measured. Leaves the queue when its time is over, and as it goes; the queue may go first,
  // when its loop is over.
  class Entry : public Hook {
   public:
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    // The end of the time that was begun last.
    Clock::time_point deadline() const { return deadline_; }

   protected:
    Entry() = default;
    ~Entry() { leave(); }

   private:
    friend class Deadlines;
    virtual void time_is_over() = 0;
    void leave();

    Deadlines* queue_ = nullptr;  // where it is linked
    Clock::time_point deadline_;
  };

  Deadlines(LoopExecutor loop, std::chrono::milliseconds time) : time_(time), timer_(loop) {}

  // Its time begins now; one that it was given before, here or elsewhere, is forgotten.
  void begin(Entry& entry);
  // From now on the loop is kept running for entries alone, and no longer for the timer.
  void drain();

 private:
  using Queue = boost::intrusive::list<Entry, boost::intrusive::base_hook<Hook>,
                                       boost::intrusive::constant_time_size<false>>;

  void wait();
  void stop_waiting();

  const std::chrono::milliseconds time_;
  Queue entries_;  // by deadline
  LoopTimer timer_;
  bool waiting_ = false;  // for the timer, which was set for the first of its time
  bool draining_ = false;
};

}  // namespace doorward
