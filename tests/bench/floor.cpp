// The floor: a server that moves the same bytes in the same number of round trips as a login does, with no
// AMQP and no cryptography. One epoll loop, the fewest system calls that an accept, the turns and a close can
// have. What a login costs above this is what doorward adds.
//
//   bench_floor SENT:RECEIVED,SENT:RECEIVED,...     prints its port, serves until it is killed
#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

struct Turn {
  std::size_t wanted;
  std::size_t answer;
};

struct Connection {
  int fd;
  std::size_t turn = 0;
  std::size_t got = 0;
};

std::vector<Turn> parse(const char* text) {
  std::vector<Turn> turns;
  for (int used = 0; *text; text += used + (text[used] == ',')) {
    Turn turn{};
    if (std::sscanf(text, "%zu:%zu%n", &turn.wanted, &turn.answer, &used) != 2) {
      std::fputs("usage: bench_floor SENT:RECEIVED,SENT:RECEIVED,...\n", stderr);
      std::exit(2);
    }
    turns.push_back(turn);
  }
  return turns;
}

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

// Reads what is there and answers each turn that is complete. False when the connection is over.
bool advance(Connection& connection, const std::vector<Turn>& turns, const std::string& payload) {
  char buffer[4096];
  const ssize_t n = recv(connection.fd, buffer, sizeof buffer, 0);
  if (n <= 0) return false;
  connection.got += static_cast<std::size_t>(n);
  while (connection.turn < turns.size() && connection.got >= turns[connection.turn].wanted) {
    const Turn& turn = turns[connection.turn++];
    connection.got -= turn.wanted;
    if (turn.answer > 0 && send(connection.fd, payload.data(), turn.answer, MSG_NOSIGNAL) < 0) return false;
  }
  return connection.turn < turns.size();
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<Turn> turns = parse(argc > 1 ? argv[1] : "");
  if (turns.empty()) return 2;
  const std::string payload(1 << 16, 'y');

  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("bind");
  if (listen(listener, 4096) != 0) die("listen");
  socklen_t length = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);

  const int poller = epoll_create1(0);
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) != 0) die("epoll_ctl");
  std::vector<epoll_event> events(128);
  for (;;) {
    const int ready = epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      if (events[static_cast<std::size_t>(i)].data.ptr == nullptr) {
        const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (fd < 0) continue;
        const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event mine{.events = EPOLLIN, .data = {.ptr = new Connection{fd}}};
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &mine);
        continue;
      }
      auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (!advance(*connection, turns, payload)) {
        close(connection->fd);
        delete connection;
      }
    }
  }
}
