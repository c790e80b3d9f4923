// Very many connections at once that say nothing.
#include "tests/server/amqp/door.hpp"

#include <cstdio>
#include <sys/resource.h>

#include <gmock/gmock.h>

namespace doorward {
namespace {

constexpr int crowd_size = 10'000;

// The crowd, in a process of its own.
class Crowd {
 public:
  Crowd(const std::string& address, int count, const char* kind)
      : output_(::popen(
            (std::string(AMQP_CROWD_PROGRAM) + ' ' + address + ' ' + std::to_string(count) + ' ' + kind)
                .c_str(),
            "r")) {}
  ~Crowd() { ::pclose(output_); }
  std::string line() {
    char text[200] = "";
    if (std::fgets(text, sizeof text, output_) == nullptr) return "the crowd is gone";
    std::string read(text);
    read.pop_back();
    return read;
  }

 private:
  FILE* output_;
};

class Crowds : public testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() {
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    ASSERT_GT(limit.rlim_max, rlim_t{crowd_size + 200}) << "run the tests with a larger `ulimit -Hn`";
  }
};

TEST_P(Crowds, of_ten_thousand_leave_the_door_open_for_others_and_go_when_told_to) {
  Doorway door({.limits = {.login = std::chrono::minutes(5),
                           .grace = std::chrono::milliseconds(1),
                           .ending = std::chrono::minutes(1)}});
  Crowd crowd(door.address(), crowd_size, GetParam());
  ASSERT_EQ(crowd.line(), "ready");
  Peer peer = door.connect();
  EXPECT_EQ(log_in(peer).identity.value().sub, "ann");
  EXPECT_EQ(peer.read_to_end(), "");
  door.wait_until_connections([](std::size_t count) { return count >= crowd_size; });
  door.server->stop();
  EXPECT_EQ(crowd.line(), "ended " + std::to_string(crowd_size));
  EXPECT_EQ(door.server->connections(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Peers, Crowds, testing::Values("silent", "greeted"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Crowd, that_says_nothing_is_ended_by_the_deadline) {
  const Doorway door({.limits = {.login = std::chrono::milliseconds(1'000)}});
  Crowd crowd(door.address(), 1'000, "silent");
  EXPECT_EQ(crowd.line(), "ready");
  EXPECT_EQ(crowd.line(), "ended 1000");
  door.wait_until_empty();
}

}  // namespace
}  // namespace doorward
