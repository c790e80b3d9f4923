#include "server/delegate/look_up.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace doorward::delegate {
namespace {

// Shared by the one who asks and the thread that looks, so that either may be the last to leave.
struct Question {
  std::string host, port;
  std::mutex mutex;
  std::condition_variable answered;
  bool over = false;
  int error = 0;
  AddressList found{nullptr, freeaddrinfo};
};

addrinfo hints(int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  return hints;
}

std::unexpected<Error> not_found(const Peer& peer, const std::string& why) {
  return fail(ErrorCode::unavailable, "cannot find the host " + peer.host + ": " + why + ". Check the name");
}

void answer(const std::shared_ptr<Question>& question, const Resolver& resolver) {
  const addrinfo wanted = hints(0);
  addrinfo* found = nullptr;
  const int error = resolver(question->host.c_str(), question->port.c_str(), &wanted, &found);
  AddressList list(found, freeaddrinfo);
  const std::lock_guard lock(question->mutex);
  question->error = error;
  question->found = std::move(list);
  question->over = true;
  question->answered.notify_one();
}

}  // namespace

Result<AddressList> look_up(const Peer& peer, std::chrono::steady_clock::time_point deadline,
                            const Resolver& resolver) {
  const addrinfo numeric = hints(AI_NUMERICHOST | AI_NUMERICSERV);
  addrinfo* address = nullptr;
  if (getaddrinfo(peer.host.c_str(), peer.port.c_str(), &numeric, &address) == 0) {
    return AddressList(address, freeaddrinfo);
  }
  const auto question = std::make_shared<Question>();
  question->host = peer.host;
  question->port = peer.port;
  try {
    std::thread([question, resolver] { answer(question, resolver); }).detach();
  } catch (const std::system_error& error) {
    return not_found(peer, error.code().message());
  }
  std::unique_lock lock(question->mutex);
  if (!question->answered.wait_until(lock, deadline, [&] { return question->over; })) {
    return fail(ErrorCode::unavailable, "the name " + peer.host +
                                            " was not found in time. Check the name servers, give the "
                                            "IP address, or wait longer (--timeout)");
  }
  if (question->error != 0) return not_found(peer, gai_strerror(question->error));
  return std::move(question->found);
}

}  // namespace doorward::delegate
