#pragma once
// What the floor programs have in common: a server that moves the bytes of a login in the same number of
// round trips and does nothing else. One epoll loop on one thread, the fewest system calls that an accept,
// the turns and a close can have.
#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace doorward::bench {

// So many bytes are awaited, then so many answered.
struct FloorTurn {
  std::size_t wanted;
  std::size_t answer;
};

[[noreturn]] inline void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

// SENT:RECEIVED,SENT:RECEIVED,..., as bench_load --record prints it.
inline std::vector<FloorTurn> parse_turns(const char* text) {
  std::vector<FloorTurn> turns;
  for (int used = 0; *text; text += used + (text[used] == ',')) {
    FloorTurn turn{};
    if (std::sscanf(text, "%zu:%zu%n", &turn.wanted, &turn.answer, &used) != 2) return {};
    turns.push_back(turn);
  }
  return turns;
}

// Prints its port on a line of its own.
inline int listen_on_loopback() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("bind");
  const int on = 1;  // inherited by what is accepted
  if (setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) die("setsockopt");
  if (listen(listener, 4096) != 0) die("listen");
  socklen_t length = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

// `Peer`, made from a descriptor that it closes:
//   ssize_t read(char*, std::size_t)   bytes; 0 for none yet; -1 when it is over
//   bool held() const                  a read would give more without the descriptor's being ready
//   bool write(std::string_view)
//   void end()                         the last words, once the turns are over
template <class Peer>
class FloorLoop {
 public:
  explicit FloorLoop(std::vector<FloorTurn> turns) : turns_(std::move(turns)) {}

  // Until the process is killed. `make`: a new Peer* for a descriptor.
  template <class Make>
  [[noreturn]] void serve(Make make) {
    const int listener = listen_on_loopback();
    const int poller = epoll_create1(0);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) != 0) die("epoll_ctl");
    std::vector<epoll_event> events(128);
    for (;;) {
      const int ready = epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < ready; ++i) {
        auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (connection != nullptr) {
          if (!advance(*connection)) delete connection;
          continue;
        }
        const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (fd < 0) continue;
        epoll_event mine{.events = EPOLLIN, .data = {.ptr = new Connection(make(fd))}};
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &mine);
      }
    }
  }

 private:
  struct Connection {
    explicit Connection(Peer* made) : peer(made) {}
    ~Connection() { delete peer; }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Peer* peer;
    std::size_t turn = 0;
    std::size_t got = 0;
  };

  // Reads what is there and answers each turn that is complete. False when the connection is over.
  bool advance(Connection& connection) {
    do {
      char buffer[4096];
      const ssize_t n = connection.peer->read(buffer, sizeof buffer);
      if (n < 0) return false;
      connection.got += static_cast<std::size_t>(n);
      while (connection.turn < turns_.size() && connection.got >= turns_[connection.turn].wanted) {
        const FloorTurn& turn = turns_[connection.turn++];
        connection.got -= turn.wanted;
        if (turn.answer > 0 && !connection.peer->write({payload_.data(), turn.answer})) return false;
      }
    } while (connection.peer->held());
    if (connection.turn < turns_.size()) return true;
    connection.peer->end();
    return false;
  }

  const std::vector<FloorTurn> turns_;
  const std::string payload_ = std::string(1 << 20, 'y');
};

}  // namespace doorward::bench
