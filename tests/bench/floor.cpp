// The floor: a server that moves the same bytes in the same number of round trips as a login does, with no
// AMQP and no cryptography. What a login costs above this is what doorward adds.
//
//   bench_floor SENT:RECEIVED,SENT:RECEIVED,...     prints its port, serves until it is killed
#include "tests/bench/floor_loop.hpp"

namespace {

class PlainPeer {
 public:
  explicit PlainPeer(int fd) : fd_(fd) {}
  PlainPeer(const PlainPeer&) = delete;
  PlainPeer& operator=(const PlainPeer&) = delete;
  ~PlainPeer() { close(fd_); }

  ssize_t read(char* into, std::size_t size) {
    const ssize_t n = recv(fd_, into, size, 0);
    return n > 0 ? n : -1;
  }
  bool held() const { return false; }
  bool write(std::string_view bytes) { return send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0; }
  void end() {}

 private:
  const int fd_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto turns = doorward::bench::parse_turns(argc > 1 ? argv[1] : "");
  if (turns.empty()) {
    std::fputs("usage: bench_floor SENT:RECEIVED,SENT:RECEIVED,...\n", stderr);
    return 2;
  }
  doorward::bench::FloorLoop<PlainPeer>(turns).serve([](int fd) { return new PlainPeer(fd); });
}
