// What the REST API costs, without HTTP: writes for each second with every commit on the disk, a list of many
// users (to its first byte and in memory), and many watchers while users change. Prints one JSON object.
#include "server/rest/api.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace {

using namespace doorward;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

const std::string users_path = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers";

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](timeval t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

struct Bench {
  explicit Bench(const std::filesystem::path& folder) {
    store = std::move(open_sqlite_store(folder / "doorward.db").value());
    resources::Settings settings;
    settings.user.iterations = ScramCredential::min_iterations;
    api = std::move(
        rest::Api::make({.store = *store, .authorizer = masters, .settings = settings, .turns = turns})
            .value());
  }

  rest::Response ask(std::string method, std::string path, std::string query = "", std::string body = "",
                     std::string type = "application/json") {
    return api->handle({.method = std::move(method),
                        .path = std::move(path),
                        .query = std::move(query),
                        .content_type = std::move(type),
                        .user_agent = "bench/1",
                        .body = std::move(body),
                        .caller = {"bench", {std::string(rbac::masters_group)}}});
  }
  void must(const rest::Response& response) {
    if (response.status < 300) return;
    std::cerr << response.body;
    std::exit(1);
  }
  static std::string user(const std::string& name) {
    return json{
        {"metadata", {{"name", "shop." + name}}},
        {"spec",
         {{"username", name},
          {"authentication", {{"type", "federated"}}},
          {"authorization", json::array({{{"addresses", {"orders/*"}}, {"operations", {"send", "recv"}}}})}}}}
        .dump();
  }

  rest::MastersOnly masters;
  resources::WriteTurns turns;
  std::unique_ptr<Store> store;
  std::unique_ptr<rest::Api> api;
};

json writes(Bench& bench, int count) {
  const auto begin = Clock::now();
  const double cpu = cpu_seconds();
  for (int i = 0; i < count; ++i)
    bench.must(bench.ask("POST", users_path, "", Bench::user("w" + std::to_string(i))));
  const double time = seconds_since(begin);
  return {{"writes", count},
          {"writes_per_second", count / time},
          {"cpu_us_per_write", (cpu_seconds() - cpu) / count * 1e6}};
}

// Users straight into the store, a thousand in each commit: they are there to be listed.
void fill(Bench& bench, int count) {
  constexpr int at_once = 1'000;
  for (int i = 0; i < count; i += at_once) {
    std::vector<Write> commit;
    for (int j = i; j < std::min(count, i + at_once); ++j) {
      const std::string name = "u" + std::to_string(j);
      json document = json::parse(Bench::user(name));
      document["status"] = {{"phase", "Active"}, {"generation", 1}};
      commit.push_back(Put{.object = {.key = {"messagingusers.user.enmasse.io", "team1", "shop." + name},
                                      .uid = name,
                                      .created_at = "2026-01-01T00:00:00Z",
                                      .document = document.dump()}});
    }
    if (!bench.store->commit(commit)) std::exit(1);
  }
}

json list(Bench& bench) {
  const std::size_t before = resident_kib();
  std::size_t bytes = 0, most = before;
  const auto begin = Clock::now();
  const double cpu = cpu_seconds();
  const auto response = bench.ask("GET", users_path);
  bench.must(response);
  double first_byte = seconds_since(begin);
  bytes = response.body.size();
  if (response.stream) {
    while (const auto piece = response.stream->next(Clock::now())) {
      bytes += piece->size();
      most = std::max(most, resident_kib());
    }
  }
  return {{"bytes", bytes},
          {"first_byte_ms", first_byte * 1e3},
          {"whole_ms", seconds_since(begin) * 1e3},
          {"cpu_ms", (cpu_seconds() - cpu) * 1e3},
          {"memory_kib", most - before}};
}

json watches(Bench& bench, int watchers, int changes) {
  const std::string from = std::to_string(*bench.store->version());
  std::vector<std::thread> threads;
  std::atomic<long> events = 0;
  const std::size_t before = resident_kib();
  for (int i = 0; i < watchers; ++i) {
    const auto stream = bench.ask("GET", users_path, "watch=true&resourceVersion=" + from).stream;
    threads.emplace_back([&events, stream, changes] {
      for (int seen = 0; seen < changes;) {
        const auto piece = stream->next(Clock::now() + std::chrono::seconds(60));
        if (!piece) std::exit(1);
        const auto lines = static_cast<int>(std::ranges::count(*piece, '\n'));
        seen += lines;
        events += lines;
      }
    });
  }
  const auto begin = Clock::now();
  const double cpu = cpu_seconds();
  for (int i = 0; i < changes; ++i) {
    bench.must(bench.ask("PATCH", users_path + "/shop.u" + std::to_string(i), "",
                         R"({"metadata":{"labels":{"changed":"yes"}}})", "application/merge-patch+json"));
  }
  const double written = seconds_since(begin);
  for (auto& thread : threads) thread.join();
  return {{"watchers", watchers},
          {"changes", changes},
          {"events", events.load()},
          {"written_s", written},
          {"all_seen_s", seconds_since(begin)},
          {"cpu_us_per_event", (cpu_seconds() - cpu) / static_cast<double>(events) * 1e6},
          {"memory_kib", resident_kib() - before}};
}

}  // namespace

int main(int argc, char** argv) {
  int users = 100'000, write_count = 1'000, watchers = 200, changes = 1'000;
  std::filesystem::path folder = std::filesystem::temp_directory_path() / "doorward-bench-rest";
  CLI::App app("The REST API by itself");
  app.add_option("--folder", folder, "Where the database is made; on the disk that is to be measured");
  app.add_option("--users", users, "That are listed")->check(CLI::Range(1, 10'000'000));
  app.add_option("--writes", write_count)->check(CLI::Range(1, 1'000'000));
  app.add_option("--watchers", watchers)->check(CLI::Range(1, 10'000));
  app.add_option("--changes", changes)->check(CLI::Range(1, 1'000'000));
  CLI11_PARSE(app, argc, argv);

  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  json result;
  {
    Bench bench(folder);
    bench.must(bench.ask("POST", "/apis/enmasse.io/v1beta1/namespaces/team1/addressspaces", "",
                         R"({"metadata":{"name":"shop"},"spec":{"type":"brokered","plan":"small"}})"));
    result["write"] = writes(bench, write_count);
    fill(bench, std::max(users, changes));
    result["list"] = list(bench);
    result["watch"] = watches(bench, watchers, changes);
  }
  std::filesystem::remove_all(folder);
  std::cout << result.dump(2) << "\n";
}
