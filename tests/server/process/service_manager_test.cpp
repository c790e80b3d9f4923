// What systemd hears, at a socket of the test's own.
#include "server/process/service_manager.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::chrono_literals;

// In the abstract namespace, so that nothing is left behind.
class Listening {
 public:
  Listening()
      : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)), name_("@doorward-" + std::to_string(getpid())) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), length), 0);
  }
  ~Listening() { close(fd_); }

  const std::string& name() const { return name_; }
  // What has come; empty where nothing has.
  std::string heard() const {
    char buffer[256];
    const ssize_t count = recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    return count < 0 ? "" : std::string(buffer, static_cast<std::size_t>(count));
  }

 private:
  int fd_;
  std::string name_;
};

TEST(ServiceManager, hears_what_happens) {
  const Listening systemd;
  const ServiceManager manager(systemd.name(), std::nullopt);
  manager.ready();
  EXPECT_EQ(systemd.heard(), "READY=1");
  manager.reloading();
  EXPECT_THAT(systemd.heard(), testing::MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
  manager.alive();
  EXPECT_EQ(systemd.heard(), "WATCHDOG=1");
  manager.stopping();
  EXPECT_EQ(systemd.heard(), "STOPPING=1");
}

TEST(ServiceManager, that_is_not_there_is_not_missed) {
  for (const std::string socket : {"", "@", "@doorward-nobody-listens", "/does/not/exist", "relative"}) {
    ServiceManager(socket, std::nullopt).ready();
  }
  ServiceManager("/" + std::string(500, 'x'), std::nullopt).ready();
}

TEST(ServiceManager, says_in_the_environment_how_often_it_wants_to_hear) {
  const auto watchdog = [](const char* period, const std::string& process) {
    setenv("WATCHDOG_USEC", period, 1);
    setenv("WATCHDOG_PID", process.c_str(), 1);
    const auto found = ServiceManager::from_environment().watchdog();
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return found;
  };
  const std::string own = std::to_string(getpid());
  EXPECT_EQ(watchdog("30000000", own), std::optional<std::chrono::microseconds>(30s));
  EXPECT_EQ(watchdog("30000000", ""), std::optional<std::chrono::microseconds>(30s));
  EXPECT_EQ(watchdog("30000000", "1"), std::nullopt) << "it is meant for another process";
  EXPECT_EQ(watchdog("0", own), std::nullopt);
  EXPECT_EQ(watchdog("soon", own), std::nullopt);
  EXPECT_EQ(ServiceManager::from_environment().watchdog(), std::nullopt);
}

}  // namespace
}  // namespace doorward
