// What an iteration of doorward's PBKDF2 costs, against the two compressions of the hash that it cannot do
// without: those are timed over one long message, where a hash is nothing but compressions. Prints one JSON
// object of nanoseconds of the thread's CPU time, the least of rounds that take turns: whatever else runs can
// only add.
//
//   bench_pbkdf2 --users N     instead, {"seconds": ...} for the credentials of so many users, of every hash,
//                              on all cores at once, by the clock: what nothing that stores them can be below
#include "mechanisms/digest.hpp"
#include "mechanisms/password.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <iostream>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace {

using namespace doorward;

constexpr std::uint32_t iterations = 32'768;

template <class Work>
double nanoseconds(Work work) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
  };
  const double begun = now();
  work();
  return now() - begun;
}

nlohmann::json measure(ScramHash hash, std::size_t block_bytes) {
  constexpr std::size_t blocks = 65'536;
  constexpr int rounds = 25;
  const std::string message(blocks * block_bytes, 'x');
  double iteration = std::numeric_limits<double>::max(), two_compressions = iteration;
  for (int i = 0; i < rounds; ++i) {
    const double derived = nanoseconds([&] { pbkdf2(hash, "a password", "salt of 16 bytes", iterations); });
    const double hashed = nanoseconds([&] { digest(hash, message); });
    iteration = std::min(iteration, derived / iterations);
    two_compressions = std::min(two_compressions, hashed / blocks * 2);
  }
  return {{"iteration_ns", iteration},
          {"two_compressions_ns", two_compressions},
          {"ratio", iteration / two_compressions}};
}

nlohmann::json derive_on_all_cores(int users) {
  const ScramHash hashes[] = {ScramHash::sha1, ScramHash::sha256, ScramHash::sha512};
  const Secret password("a password");
  std::atomic<int> left = users;
  const auto begun = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
      threads.emplace_back([&] {
        while (left-- > 0) derive_credentials(password, iterations, hashes);
      });
    }
  }
  return {{"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count()}};
}

}  // namespace

int main(int argc, char** argv) {
  int users = 0;
  CLI::App app("Measures PBKDF2");
  app.add_option("--users", users, "Make the credentials of so many on all cores")
      ->check(CLI::Range(1, 10'000'000));
  CLI11_PARSE(app, argc, argv);
  if (users > 0) {
    std::cout << derive_on_all_cores(users) << std::endl;
    return 0;
  }
  std::cout << nlohmann::json{{"SCRAM-SHA-1", measure(ScramHash::sha1, 64)},
                              {"SCRAM-SHA-256", measure(ScramHash::sha256, 64)},
                              {"SCRAM-SHA-512", measure(ScramHash::sha512, 128)}}
            << std::endl;
}
