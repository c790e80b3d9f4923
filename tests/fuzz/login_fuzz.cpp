// A whole login at `Logins`, over a store of two users: the first line is the mechanism, the second the
// hostname, each further one a message. `$nonce` stands for the server's nonce, and an ending `p=?` for the
// proof that fits ann's key, which no search would find. Nobody gets into a realm with users but by that
// proof or by her password; every login ends within its bounds and is told once.
#include "mechanisms/digest.hpp"
#include "mechanisms/password.hpp"
#include "mechanisms/scram_message.hpp"
#include "server/login/exchange.hpp"
#include "server/login/login.hpp"
#include "store/model/base64.hpp"
#include "tests/fuzz/exchange_input.hpp"

#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>

namespace {

using namespace doorward;
using fuzz::must;

constexpr std::string_view password = "pencil";

UserRecord user(std::string_view name, UserType type) {
  UserRecord user{.realm = Realm::parse("shop").value(),
                  .username = Username::parse(name).value(),
                  .version = 1,
                  .type = type,
                  .credentials = {},
                  .authorization = {{.addresses = {"orders", "a,*"}, .operations = {.send = true}}}};
  user.credentials.push_back({.hash = ScramHash::sha256,
                              .salt = std::string(16, 's'),
                              .iterations = ScramCredential::min_iterations,
                              .keys = {}});
  user.credentials[0].keys.push_back(derive_keys(Secret(password), user.credentials[0]));
  return user;
}

class TwoUsers : public CredentialSource {
 public:
  std::optional<UserSnapshot> peek(std::string_view realm, std::string_view username) override {
    if (realm != "shop") return nullptr;
    if (username == "ann") return ann_;
    if (username == "robot") return robot_;
    if (username == "slow") return std::nullopt;
    return nullptr;
  }
  Result<UserSnapshot> find(std::string_view, std::string_view) override {
    return fail(ErrorCode::unavailable, "locked");
  }
  std::optional<CredentialShapes> peek_shapes(std::string_view) override { return shapes_; }
  Result<CredentialShapes> find_shapes(std::string_view) override { return shapes_; }

 private:
  const CredentialShapes shapes_ = std::make_shared<const std::vector<CredentialShape>>(
      std::vector{CredentialShape{.salt_bytes = 20, .iterations = 4'096, .weight = 3}});
  const UserSnapshot ann_ = std::make_shared<const UserRecord>(user("ann", UserType::password));
  const UserSnapshot robot_ = std::make_shared<const UserRecord>(user("robot", UserType::serviceaccount));
};

// Lives as long as the process, as threads of its own do.
struct House {
  TwoUsers users;
  boost::asio::io_context loop;
  WorkerPool pool{1, 16};  // goes before the loop
  int told = 0;
  RealmSnapshot realms = std::make_shared<const RealmTable>(
      std::vector<RealmService>{service("shop", ServiceType::standard, true),
                                service("open", ServiceType::none, true),
                                service("asleep", ServiceType::standard, false)},
      std::vector<std::pair<ObjectRef, ServiceType>>{});
  Logins logins{{.realms = [this] { return realms; },
                 .credentials = users,
                 .pool = pool,
                 .decoy_key = Secret(std::string_view("decoys")),
                 .report =
                     [this](const LoginFact& fact) {
                       ++told;
                       must(fact.realm.size() <= 256 && fact.mechanism.size() <= 64 &&
                                fact.username.size() <= 256,
                            "a fact holds more than it may");
                     },
                 .remembered = {},
                 .guesses = {.bucket = 1'000'000}}};  // no answer waits

  static RealmService service(std::string_view realm, ServiceType type, bool ready) {
    return {.realm = Realm::parse(realm).value(),
            .address_space = {},
            .service = {},
            .type = type,
            .ready = ready};
  }

  Login::Answer await(Task<Login::Answer> task) {
    std::optional<Login::Answer> answer;
    boost::asio::co_spawn(loop, std::move(task), [&](const std::exception_ptr& error, Login::Answer given) {
      must(!error, "a login throws");
      answer = std::move(given);
    });
    loop.restart();
    loop.run();
    return std::move(answer.value());
  }
};

// The client's side, as far as it must remember what was said to prove that it knows ann's password.
class Client {
 public:
  std::string fill_in(std::string message) {
    if (const auto at = message.find("$nonce"); at != std::string::npos) message.replace(at, 6, nonce_);
    if (message.ends_with(",p=?") && !server_first_.empty()) {
      message.resize(message.size() - 4);
      message += ",p=" + proof(first_bare_ + ',' + server_first_ + ',' + message);
      proved_ = true;
    }
    if (const auto first = parse_client_first(message)) first_bare_ = first->bare;
    if (message.ends_with('\0' + std::string(password))) proved_ = true;
    return message;
  }
  void hear(const std::string& challenge) {
    if (!challenge.starts_with("r=")) return;
    server_first_ = challenge;
    nonce_ = challenge.substr(2, challenge.find(',') - 2);
  }
  bool proved() const { return proved_; }

 private:
  // From SaltedPassword to ClientProof (RFC 5802 section 3), for ann.
  static std::string proof(const std::string& auth_message) {
    static const std::string client_key(
        hmac(
            ScramHash::sha256,
            pbkdf2(ScramHash::sha256, password, std::string(16, 's'), ScramCredential::min_iterations).view(),
            "Client Key")
            .view());
    const Digest stored_key = digest(ScramHash::sha256, client_key);
    Digest proof = hmac(ScramHash::sha256, stored_key.view(), auth_message);
    proof ^= client_key;
    return base64_encode(proof.view());
  }

  std::string first_bare_, server_first_, nonce_;
  bool proved_ = false;
};

void check_accepted(const Accepted& accepted, std::string_view hostname, const Client& client) {
  must(accepted.authorization != nullptr, "let in without an authorization");
  must(accepted.identity.realm.text() == hostname, "let into another realm");
  must(!accepted.identity.username.empty() && accepted.identity.username.size() <= 256,
       "let in under an odd name");
  if (hostname == "open") return must(!accepted.authorization->limited, "limited by a none service");
  must(hostname == "shop" && accepted.identity.username == "ann", "let in as somebody who cannot log in");
  must(client.proved(), "let in without password and proof");
  must(accepted.authorization->limited && accepted.authorization->addresses.size() == 1,
       "let in with other rights");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static House house;
  std::vector<std::string> lines = fuzz::lines(data, size);
  lines.resize(std::max<std::size_t>(lines.size(), 2));
  const std::string& hostname = lines[1];
  house.told = 0;
  {
    Client client;
    Login login = house.logins.begin({.hostname = hostname,
                                      .default_realm = {},
                                      .mechanism = lines[0],
                                      .door = Door::amqp,
                                      .peer = "127.0.0.1:1",
                                      .plain_allowed = true});
    bool over = false;
    for (std::size_t i = 2; i < lines.size() && !over; ++i) {
      must(i - 2 <= AuthenticationExchange::max_messages, "an exchange without end");
      const std::string message = client.fill_in(lines[i]);
      const Login::Answer answer = house.await(login.answer(message));
      if (const auto* challenge = std::get_if<Challenge>(&answer)) {
        client.hear(challenge->data);
        continue;
      }
      over = true;
      if (const auto* accepted = std::get_if<Accepted>(&answer)) check_accepted(*accepted, hostname, client);
      const auto* refused = std::get_if<Refused>(&answer);
      must(!refused || refused->code == SaslCode::auth || refused->code == SaslCode::sys_temp,
           "an error of ours");
    }
    if (over) login.finish("router");
  }
  must(house.told == 1, "a login that is not told once");
  return 0;
}
