// What a login passes through on its event loop, piece by piece: frames taken apart, a SCRAM exchange, the
// reply made of a user's rules, and the user looked up in memory and on the disk. ctest runs it for a moment,
// to see that it still runs; the figures are for whoever changes one of them.
#include "mechanisms/scram.hpp"
#include "policies/authorization.hpp"
#include "server/amqp/wire/frame.hpp"
#include "server/amqp/wire/open.hpp"
#include "server/amqp/wire/sasl.hpp"
#include "store/credential_cache.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/mechanisms/exchange.hpp"

#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using namespace doorward;

void require(bool right, const char* what) {
  if (right) return;
  std::fprintf(stderr, "bench_critical_path: %s\n", what);
  std::exit(1);
}

// A frame's header and its body.
template <class Parse>
void decode(benchmark::State& state, const std::string& frame, Parse parse) {
  for (auto _ : state) {
    const auto header =
        wire::parse_frame_header(std::string_view(frame).substr(0, wire::header_bytes), 16'384);
    require(header && header->size == frame.size(), "a frame's header was refused");
    auto parsed = parse(std::string_view(frame).substr(header->body_offset));
    require(parsed.has_value(), "a frame was refused");
    benchmark::DoNotOptimize(parsed);
  }
}
void decode_sasl_init(benchmark::State& state) {
  decode(state, wire::encode(wire::SaslInit{"SCRAM-SHA-256", "n,,n=user,r=0123456789abcdef", "team1-orders"}),
         wire::parse_sasl_init);
}
BENCHMARK(decode_sasl_init);
void decode_open(benchmark::State& state) {
  decode(state, wire::encode(wire::DelegateOpen{"router", "team1-orders", true}), wire::parse_open);
}
BENCHMARK(decode_open);

// The server's side of a whole exchange, the client's messages made beforehand.
void scram_exchange(benchmark::State& state, ScramHash hash) {
  const std::string nonce = "clientnonce", server_nonce = "servernonce";
  const ScramCredential credential =
      credential_of("pencil", hash, "c2FsdC1vZi1zaXh0ZWVuIQ==", ScramCredential::min_iterations);
  const std::string first_bare = "n=user,r=" + nonce;
  const std::string server_first = "r=" + nonce + server_nonce + ",s=" + base64_encode(credential.salt) +
                                   ",i=" + std::to_string(credential.iterations);
  const std::string without_proof = "c=biws,r=" + nonce + server_nonce;
  const std::string final =
      without_proof +
      ",p=" + client_proof("pencil", credential, first_bare + "," + server_first + "," + without_proof);
  for (auto _ : state) {
    ScramMechanism mechanism(hash, server_nonce);
    Step step = mechanism.step("n,," + first_bare);
    require(std::holds_alternative<NeedCredential>(step), "SCRAM did not ask for a credential");
    step = mechanism.resume(credential);
    step = mechanism.step(final);
    require(std::holds_alternative<Challenge>(step), "SCRAM refused the proof");
    step = mechanism.step("");
    require(std::holds_alternative<Success>(step), "SCRAM did not succeed");
  }
}
BENCHMARK_CAPTURE(scram_exchange, SHA_1, ScramHash::sha1);
BENCHMARK_CAPTURE(scram_exchange, SHA_256, ScramHash::sha256);
BENCHMARK_CAPTURE(scram_exchange, SHA_512, ScramHash::sha512);

// From rules to the bytes of `open`.
void render_policy(benchmark::State& state) {
  std::vector<AddressRule> rules;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    rules.push_back(
        {.addresses = {"queue-" + std::to_string(i)}, .operations = {.send = true, .recv = true}});
  for (auto _ : state) {
    const Authorization authorization = authorize(rules);
    const std::string reply = wire::encode(wire::OpenReply{.container_id = "doorward",
                                                           .username = "user",
                                                           .authorization = &authorization,
                                                           .send_addresses = true});
    require(reply.size() > rules.size(), "the reply lacks the rules");
    benchmark::DoNotOptimize(reply.data());
  }
}
BENCHMARK(render_policy)->Arg(1)->Arg(10)->Arg(100);

// A store of its own, gone with it.
class Stored {
 public:
  Stored() {
    char name[] = "/tmp/doorward-bench-XXXXXX";
    require(::mkdtemp(name) != nullptr, "no folder could be made in /tmp");
    folder_ = name;
    auto opened = open_sqlite_store(folder_ / "doorward.db");
    require(opened.has_value(), "the store could not be opened");
    store = std::move(*opened);
    const ScramCredential credential = credential_of(
        "pencil", ScramHash::sha256, "c2FsdC1vZi1zaXh0ZWVuIQ==", ScramCredential::min_iterations);
    const Put put{.object = {.key = {"messagingusers.user.enmasse.io", "team1", "orders.user"},
                             .uid = "00000000-0000-4000-8000-000000000000",
                             .created_at = "2026-01-01T00:00:00Z",
                             .document = "{}"},
                  .login = LoginRecord{.realm = Realm::parse(realm).value(),
                                       .username = Username::parse("user").value(),
                                       .credentials = {credential},
                                       .authorization = {}}};
    const Write writes[] = {put};
    require(store->commit(writes).has_value(), "the user could not be written");
  }
  ~Stored() {
    store.reset();
    std::filesystem::remove_all(folder_);
  }
  Stored(const Stored&) = delete;
  Stored& operator=(const Stored&) = delete;

  static constexpr std::string_view realm = "team1-orders";
  std::unique_ptr<Store> store;

 private:
  std::filesystem::path folder_;
};

void look_up_in_memory(benchmark::State& state) {
  const Stored stored;
  CredentialCache cache(*stored.store, 100);
  for (auto _ : state) {
    const auto found = cache.peek(Stored::realm, "user");
    require(found && *found, "the user was not found");
  }
}
BENCHMARK(look_up_in_memory);
void look_up_in_the_store(benchmark::State& state) {
  const Stored stored;
  for (auto _ : state) {
    const auto found = stored.store->find_user(Stored::realm, "user", Patience::none);
    require(found && *found, "the user was not found");
  }
}
BENCHMARK(look_up_in_the_store);

}  // namespace

BENCHMARK_MAIN();
