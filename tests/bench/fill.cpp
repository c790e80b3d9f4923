// Fills a data directory with many users in many realms, straight through the store: as many as no folder and
// no REST client would bring in the time of a benchmark. All have one password and one salt, so that a
// client's PBKDF2 runs once; to the server each is a user of its own.
//
//   bench_fill --data-dir DIR --users N --realms M [--iterations I]      then serve with that data directory
#include "mechanisms/password.hpp"
#include "store/data_directory.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/bench/population.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace {

using namespace doorward;
using namespace doorward::bench;
using nlohmann::json;

constexpr std::size_t objects_in_a_commit = 5'000;
const std::string ns(population_namespace);

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// Commits what it collects.
class Writer {
 public:
  explicit Writer(Store& store) : store_(store) {}

  void add(Put put) {
    put.object.uid = "00000000-0000-4000-8000-" + std::to_string(100'000'000'000 + ++count_);
    put.object.created_at = "2026-01-01T00:00:00Z";
    writes_.emplace_back(std::move(put));
    if (writes_.size() == objects_in_a_commit) commit();
  }
  void commit() {
    must(store_.commit(writes_));
    writes_.clear();
  }

 private:
  Store& store_;
  std::vector<Write> writes_;
  std::size_t count_ = 0;
};

void add_service(Writer& writer) {
  const json document = {{"apiVersion", "admin.enmasse.io/v1beta1"},
                         {"kind", "AuthenticationService"},
                         {"spec", {{"type", "standard"}}},
                         {"status", {{"phase", "Active"}}}};
  writer.add({.object = {.key = {"authenticationservices.admin.enmasse.io", ns, "standard"},
                         .document = document.dump()}});
}

void add_space(Writer& writer, std::size_t number) {
  const std::string name = space_name(number);
  const std::string realm = ns + "-" + name;
  const json service = {{"name", "standard"}, {"namespace", ns}, {"type", "standard"}};
  const json document = {
      {"apiVersion", "enmasse.io/v1beta1"},
      {"kind", "AddressSpace"},
      {"spec", {{"type", "standard"}, {"plan", "none"}, {"authenticationService", {{"name", "standard"}}}}},
      {"status",
       {{"phase", "Active"}, {"isReady", true}, {"realm", realm}, {"authenticationService", service}}}};
  writer.add(
      {.object = {.key = {"addressspaces.enmasse.io", ns, name}, .document = document.dump()},
       .realm = RealmService{
           .realm = must(Realm::parse(realm)), .address_space = {ns, name}, .service = {ns, "standard"}}});
}

void add_user(Writer& writer, std::size_t number, std::size_t realms, const ScramCredential& credential) {
  const std::string username = user_name(number);
  const std::string space = space_name(number % realms);
  const json authorization = {{{"operations", {"send", "recv"}}, {"addresses", {"orders/*"}}}};
  const json document = {{"apiVersion", "user.enmasse.io/v1beta1"},
                         {"kind", "MessagingUser"},
                         {"spec",
                          {{"username", username},
                           {"authentication", {{"type", "password"}}},
                           {"authorization", authorization}}},
                         {"status", {{"phase", "Active"}, {"generation", 1}}}};
  writer.add({.object = {.key = {"messagingusers.user.enmasse.io", ns, space + "." + username},
                         .document = document.dump()},
              .login = LoginRecord{.realm = must(Realm::parse(ns + "-" + space)),
                                   .username = must(Username::parse(username)),
                                   .credentials = {credential},
                                   .authorization = {{.addresses = {"orders/*"},
                                                      .operations = {.send = true, .recv = true}}}}});
}

void fill(const std::filesystem::path& folder, std::size_t users, std::size_t realms,
          std::uint32_t iterations) {
  const auto directory = must(DataDirectory::open(folder));
  const auto store = must(open_sqlite_store(directory.database()));
  Writer writer(*store);
  add_service(writer);
  for (std::size_t i = 0; i < realms; ++i) add_space(writer, i);
  const ScramHash hashes[] = {ScramHash::sha256};
  const auto credentials = derive_credentials(Secret(std::string(population_password)), iterations, hashes);
  for (std::size_t i = 0; i < users; ++i) {
    add_user(writer, i, realms, credentials.front());
    if ((i + 1) % 100'000 == 0) std::cerr << "  " << i + 1 << " of " << users << " users\n";
  }
  writer.commit();
  // All that is there is current, but the service would look for what is not beside the first logins.
  must(store->compact(must(store->version())));
}

}  // namespace

int main(int argc, char** argv) {
  std::filesystem::path folder;
  std::size_t users = 100, realms = 1;
  std::uint32_t iterations = ScramCredential::min_iterations;
  CLI::App app("Fills a data directory with users");
  app.add_option("--data-dir", folder, "Made where it is not there")->required();
  app.add_option("--users", users)->check(CLI::Range(1, 100'000'000));
  app.add_option("--realms", realms, "That they are in")->check(CLI::Range(1, 1'000'000));
  app.add_option("--iterations", iterations, "Of their password")
      ->check(CLI::Range(ScramCredential::min_iterations, ScramCredential::max_iterations));
  CLI11_PARSE(app, argc, argv);
  try {
    fill(folder, users, realms, iterations);
  } catch (const std::exception& error) {
    std::cerr << "bench_fill: " << error.what() << "\n";
    return 1;
  }
}
