// Clients that vanish from a login at a bridge, ten thousand of them: in each state of each call, and while
// the answer is under way. As the session does it, the answer that is awaited is cancelled on its loop.
#include "tests/server/login/bridged_house.hpp"

#include <atomic>
#include <iterator>
#include <latch>
#include <map>
#include <mutex>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using plugins::Scripted;

enum class State : std::uint8_t {
  queued,            // the plugin has not heard of the call
  inside,            // its function runs, and has not answered
  answered_inside,   // its function runs, and has answered
  answering_inside,  // its function is about to answer
  unanswered,        // its function has returned
  answering,         // another thread is about to answer
  answered,          // another thread has answered, and the login has not been resumed
};
constexpr State states[] = {State::queued,           State::inside,     State::answered_inside,
                            State::answering_inside, State::unanswered, State::answering,
                            State::answered};
// Which call the client vanishes from. It holds for those before it that they are answered at once.
constexpr std::string_view calls[] = {"verify", "start", "step"};

// One client: the plugin's side says that the state is reached, the test's side when it goes on.
struct Client {
  State vanishes;
  std::string_view from;
  std::latch reached{1};
  std::latch may_go_on{1};
  std::atomic<doorward_ticket> ticket = 0;
};

// What keeps every thread of the bridge in a call, until it is let go.
struct Occupation {
  explicit Occupation(std::ptrdiff_t threads) : begun(threads) {}
  std::latch begun;
  std::latch over{1};
};

class VanishingClients : public testing::Test {
 protected:
  static constexpr std::size_t threads = 2;  // of the bridge

  void serve(const Scripted::Asked& asked) {
    if (asked.ticket == 0) return;
    std::shared_ptr<Client> client;
    std::shared_ptr<Occupation> occupation;
    {
      const std::lock_guard lock(mutex_);
      client = client_;
      occupation = occupation_;
    }
    if (asked.text == "busy") {
      occupation->begun.count_down();
      occupation->over.wait();
      return Scripted::answer(asked.ticket, DOORWARD_REFUSED);
    }
    if (asked.what != client->from) return Scripted::answer(asked.ticket, DOORWARD_CONTINUE);
    const auto answer = [ticket = asked.ticket] { Scripted::answer(ticket, DOORWARD_ACCEPTED, "zoe"); };
    client->ticket = asked.ticket;
    switch (client->vanishes) {
      case State::queued:
        ADD_FAILURE() << "the plugin heard of a call that nobody wanted any more";
        return answer();
      case State::answered_inside:
        answer();
        client->reached.count_down();
        return client->may_go_on.wait();
      case State::inside:
        client->reached.count_down();
        client->may_go_on.wait();
        return answer();
      case State::answering_inside:
        client->reached.count_down();
        return answer();
      case State::answering: {
        const bool posted = house.pool->post(WorkerPool::Share::reads, "away", [client, answer] {
          client->reached.count_down();
          answer();
        });
        EXPECT_TRUE(posted);
        return;
      }
      case State::unanswered:
      case State::answered:
        return client->reached.count_down();
    }
  }

  std::vector<plugins::Exchange> occupy() {
    const auto occupation = std::make_shared<Occupation>(threads);
    {
      const std::lock_guard lock(mutex_);
      occupation_ = occupation;
    }
    std::vector<plugins::Exchange> busy;
    for (std::size_t i = 0; i < threads; ++i) {
      // Of one realm each: none has them all.
      const std::string realm = "busy " + std::to_string(i);
      busy.emplace_back(*house.services.bridge, plugins::Exchange::Client{realm, "peer"});
      busy.back().verify("busy", Secret("x"), [](const plugins::Answer&) {});
    }
    occupation->begun.wait();
    return busy;
  }

  std::string vanish(State state, std::string_view from) {
    const auto client = std::make_shared<Client>(state, from);
    {
      const std::lock_guard lock(mutex_);
      client_ = client;
    }
    auto login = std::make_unique<Login>(house.begin("away", from == "verify" ? "PLAIN" : "X-TEST"));
    const std::string message = from == "verify" ? plain_message("zoe", "x") : "hello";
    if (from == "step") EXPECT_EQ(in_words(house.answer(*login, message)), "challenge \"\"");
    std::vector<plugins::Exchange> busy;
    if (state == State::queued) busy = occupy();

    std::string ended = "waits";
    boost::asio::cancellation_signal gone;
    boost::asio::co_spawn(
        *house.loop, login->answer(message),
        boost::asio::bind_cancellation_slot(
            gone.slot(), [&ended](const std::exception_ptr& error, const Login::Answer& answer) {
              EXPECT_EQ(ended, "waits") << "a login that ends twice";
              ended = error ? "aborted" : in_words(answer);
            }));
    house.loop->restart();
    house.loop->poll();
    if (state != State::queued) client->reached.wait();
    const int cancelled_before = house.plugin.cancelled;
    if (state == State::answered) Scripted::answer(client->ticket, DOORWARD_ACCEPTED, "zoe");
    gone.emit(boost::asio::cancellation_type::terminal);
    house.loop->restart();  // poll() may have run out of work: nothing of this client outlives its signal
    house.loop->run();
    login.reset();

    client->may_go_on.count_down();
    if (state == State::queued) occupation_->over.count_down();
    if (state == State::unanswered) {
      EXPECT_TRUE(house.plugin.wait([&] { return house.plugin.cancelled > cancelled_before; }));
      Scripted::answer(client->ticket, DOORWARD_ACCEPTED, "zoe");
    }
    return ended;
  }

  // What `vanish` may come to.
  static std::vector<std::string> expected(State state) {
    switch (state) {
      case State::queued:
      case State::inside:
      case State::answered_inside:
      case State::unanswered:
        return {"aborted"};
      default:
        return {"aborted", "accepted \"zoe\""};
    }
  }

  std::mutex mutex_;
  std::shared_ptr<Client> client_;
  std::shared_ptr<Occupation> occupation_;
  BridgedHouse house{[this](const Scripted::Asked& asked) { serve(asked); }, std::chrono::minutes(10),
                     threads};
};

TEST_F(VanishingClients, do_no_harm_in_any_state_and_leave_nothing_behind) {
  std::map<std::pair<State, std::string_view>, int> seen;
  for (std::size_t i = 0; i < 10'000; ++i) {
    const State state = states[i % std::size(states)];
    const std::string_view call = calls[i / std::size(states) % std::size(calls)];
    ASSERT_THAT(expected(state), testing::Contains(vanish(state, call))) << static_cast<int>(state) << call;
    ++seen[{state, call}];
  }
  EXPECT_EQ(seen.size(), std::size(states) * std::size(calls));
  EXPECT_TRUE(house.services.bridge->close());
  EXPECT_EQ(house.services.bridge->counts().exchanges, 0u);
  EXPECT_EQ(house.services.bridge->counts().unanswered, 0u);
  EXPECT_EQ(house.services.bridge->counts().unexpected_answers, 0u);
  EXPECT_EQ(house.plugin.released, house.plugin.begun);
  EXPECT_EQ(house.facts.size(), 10'000u) << "each login is told once";
}

}  // namespace
}  // namespace doorward
