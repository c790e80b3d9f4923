// The process is killed at random moments under a stream of writes with a watcher attached: what was
// acknowledged is there afterwards, and the watcher that goes on from where it was misses and repeats
// nothing.
#include "tests/server/rest/house.hpp"

#include <csignal>
#include <map>
#include <random>
#include <set>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace doorward::rest {
namespace {

constexpr int rounds = 6;

// Both ends of a pipe; the reader takes whole lines and ends with the writer.
class Pipe {
 public:
  Pipe() {
    if (::pipe(ends_) != 0) std::abort();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_writer();
    ::close(ends_[0]);
  }

  void close_writer() {
    if (ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
  }
  // A line of at most PIPE_BUF bytes is written whole or, by whoever is killed, not at all.
  void write_line(std::string line) {
    line += '\n';
    if (::write(ends_[1], line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::_Exit(3);
  }
  std::optional<std::string> read_line() {
    for (;;) {
      if (const std::size_t end = rest_.find('\n'); end != std::string::npos) {
        std::string line = rest_.substr(0, end);
        rest_.erase(0, end + 1);
        return line;
      }
      char buffer[4'096];
      const ssize_t count = ::read(ends_[0], buffer, sizeof buffer);
      if (count <= 0) return std::nullopt;
      rest_.append(buffer, static_cast<std::size_t>(count));
    }
  }

 private:
  int ends_[2];
  std::string rest_;
};

class Crash : public House {
 protected:
  struct Seen {
    ResourceVersion last = 0;
    std::vector<ResourceVersion> versions;
  };

  static ResourceVersion version_of(const json& object) {
    return std::stoull(object["metadata"]["resourceVersion"].get<std::string>());
  }

  // One event of a stream's piece a line: what it says of itself.
  template <class Take>
  static void each_version(const std::string& piece, Take take) {
    for (std::size_t begin = 0; begin < piece.size();) {
      const std::size_t end = piece.find('\n', begin);
      take(version_of(json::parse(piece.substr(begin, end - begin))["object"]));
      begin = end + 1;
    }
  }

  std::shared_ptr<Stream> watch_from(ResourceVersion from) {
    return api_->handle(request("GET", users_path + "?watch=true&resourceVersion=" + std::to_string(from)))
        .stream;
  }

  // In the child: writes without end, and tells of each write that was acknowledged and each event that came.
  [[noreturn]] void serve(int round, ResourceVersion from, Pipe& acknowledged, Pipe& events) {
    restart();
    std::thread watcher([&] {
      const auto stream = watch_from(from);
      for (;;) {
        const auto piece = stream->next(std::chrono::steady_clock::now() + std::chrono::seconds(1));
        if (!piece) std::_Exit(4);
        each_version(*piece, [&](ResourceVersion version) { events.write_line(std::to_string(version)); });
      }
    });
    for (int i = 0;; ++i) {
      const std::string name = "shop.r" + std::to_string(round) + "-" + std::to_string(i);
      const Answer made = post(users_path, federated(name));
      if (made.status != 201) std::_Exit(5);
      acknowledged.write_line(std::to_string(version_of(made.body)) + " " + name);
      if (i % 3 != 0) continue;
      const Answer removed = remove(users_path + "/" + name);
      if (removed.status != 200) std::_Exit(6);
      acknowledged.write_line("0 " + name);
    }
  }
};

TEST_F(Crash, loses_nothing_that_was_acknowledged_and_no_event) {
  std::mt19937 random(testing::UnitTest::GetInstance()->random_seed());
  std::map<std::string, ResourceVersion> expected;  // 0: deleted
  Seen seen;
  ASSERT_TRUE(apply(resources::service + resources::shop));
  const ResourceVersion first = seen.last = version();
  for (int round = 0; round < rounds; ++round) {
    Pipe acknowledged, events;
    // No thread but this one and no open database at the fork: SQLite is not to be carried over one.
    api_.reset();
    store_.reset();
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) serve(round, seen.last, acknowledged, events);
    acknowledged.close_writer();
    events.close_writer();
    const int writes = std::uniform_int_distribution(1, 60)(random);
    for (int i = 0; i < writes; ++i) {
      const auto line = acknowledged.read_line();
      ASSERT_TRUE(line) << "the child ended by itself";
      expected[line->substr(line->find(' ') + 1)] = std::stoull(*line);
    }
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "exit " << WEXITSTATUS(status);
    while (const auto line = acknowledged.read_line())
      expected[line->substr(line->find(' ') + 1)] = std::stoull(*line);
    while (const auto line = events.read_line()) {
      seen.last = std::stoull(*line);
      seen.versions.push_back(seen.last);
    }

    restart();
    std::map<std::string, ResourceVersion> there;
    const json list = get(users_path).body;
    for (const auto& item : list["items"]) there[item["metadata"]["name"]] = version_of(item);
    for (const auto& [name, version] : expected) {
      const auto found = there.find(name);
      if (version == 0) {
        EXPECT_EQ(found, there.end()) << name << " was deleted";
      } else if (found != there.end()) {
        EXPECT_EQ(found->second, version) << name;
      } else {
        // Its deletion may have been committed without anybody being told.
        EXPECT_EQ(store_->get_at(resources::Workbench::user(name), version)->version, version) << name;
      }
    }
  }
  const auto stream = watch_from(seen.last);
  for (;;) {
    const auto piece = stream->next(std::chrono::steady_clock::now());
    if (!piece || piece->empty()) break;
    each_version(*piece, [&](ResourceVersion version) { seen.versions.push_back(version); });
  }
  // Users are all that was written, so the watcher has seen every version there is.
  ASSERT_EQ(seen.versions.size(), version() - first);
  for (std::size_t i = 0; i < seen.versions.size(); ++i) ASSERT_EQ(seen.versions[i], first + 1 + i);
}

}  // namespace
}  // namespace doorward::rest
