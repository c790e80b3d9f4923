#include "server/health/readiness_login.hpp"

#include "mechanisms/password.hpp"

#include <array>
#include <condition_variable>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace doorward {
namespace {

constexpr std::string_view realm_name = "doorward.readiness";
constexpr std::string_view user_name = "readiness";

UserSnapshot make_user(const Secret& password) {
  constexpr std::array hashes{ScramHash::sha256};
  return std::make_shared<const UserRecord>(
      UserRecord{.realm = Realm::parse(realm_name).value(),
                 .username = Username::parse(user_name).value(),
                 .version = 1,
                 .type = UserType::password,
                 .credentials = derive_credentials(password, ScramCredential::min_iterations, hashes),
                 .authorization = {}});
}

RealmSnapshot make_realms() {
  const ObjectRef nobody{"doorward", "readiness"};
  std::vector<RealmService> realms;
  realms.push_back({.realm = Realm::parse(realm_name).value(), .address_space = nobody, .service = nobody});
  return std::make_shared<const RealmTable>(std::move(realms),
                                            std::vector<std::pair<ObjectRef, ServiceType>>{});
}

Task<std::string> try_to_log_in(Logins& logins, const std::string& message) {
  Login login = logins.begin({.hostname = realm_name,
                              .default_realm = {},
                              .mechanism = "PLAIN",
                              .peer = "itself",
                              .plain_allowed = true});
  const Login::Answer answer = co_await login.answer(message);
  if (std::holds_alternative<Accepted>(answer)) co_return "";
  const auto* refused = std::get_if<Refused>(&answer);
  co_return "the login ended with " +
      std::string(refused == nullptr ? "a challenge" : to_string(refused->code)) +
      ": the store or the workers cannot answer; the log says why";
}

std::string describe(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return std::string("the login failed: ") + e.what();
  }
}

}  // namespace

// How many answers are there. Shared, since a loop may answer after nobody waits any more.
class ReadinessLogin::Answers {
 public:
  void give(std::string wrong) {
    const std::lock_guard lock(mutex_);
    ++count_;
    if (wrong_.empty()) wrong_ = std::move(wrong);
    arrived_.notify_one();
  }
  bool are(std::size_t count) {
    const std::lock_guard lock(mutex_);
    return count_ >= count;
  }
  // Empty: so many are there and none of them says that something is wrong.
  std::string wait_for(std::size_t count, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (arrived_.wait_for(lock, patience, [&] { return count_ >= count; })) return wrong_;
    return "no answer within " + std::to_string(patience.count()) +
           " ms: event loops or workers hang, or are overloaded";
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::size_t count_ = 0;
  std::string wrong_;
};

// Reads the store as for any user, and gives the one user that there is.
class ReadinessLogin::Source final : public CredentialSource {
 public:
  Source(ReadUser read_user, UserSnapshot user) : read_user_(std::move(read_user)), user_(std::move(user)) {}

  std::optional<UserSnapshot> peek(std::string_view realm, std::string_view username) override {
    if (!answers(read_user_(realm, username, Patience::none))) return std::nullopt;
    return user_;
  }
  Result<UserSnapshot> find(std::string_view realm, std::string_view username) override {
    const auto read = read_user_(realm, username, Patience::some_seconds);
    if (!answers(read)) return std::unexpected(read.error());
    return user_;
  }
  // Never asked: the one user has a credential.
  std::optional<CredentialShapes> peek_shapes(std::string_view) override { return no_shapes(); }
  Result<CredentialShapes> find_shapes(std::string_view) override { return no_shapes(); }

 private:
  static CredentialShapes no_shapes() { return std::make_shared<const std::vector<CredentialShape>>(); }
  static bool answers(const Result<UserSnapshot>& read) {
    return read || read.error().code == ErrorCode::not_found;
  }

  const ReadUser read_user_;
  const UserSnapshot user_;
};

ReadinessLogin::ReadinessLogin(Parts parts) : parts_(std::move(parts)) {
  const Secret password = generate_password();  // of this process alone
  source_ = std::make_unique<Source>(parts_.read_user, make_user(password));
  // authzid NUL authcid NUL passwd (RFC 4616)
  message_ = std::string(1, '\0') + std::string(user_name) + '\0' + std::string(password.reveal());
  logins_ = std::make_unique<Logins>(Logins::Parts{.realms = [realms = make_realms()] { return realms; },
                                                   .credentials = *source_,
                                                   .pool = parts_.pool,
                                                   .decoy_key = generate_password(),
                                                   .report = [](const LoginFact&) {},
                                                   .remembered = {.pairs = 0}});
}

ReadinessLogin::~ReadinessLogin() = default;

std::string ReadinessLogin::check() {
  const std::unique_lock checking(checking_, std::try_to_lock);
  {
    const std::lock_guard lock(mutex_);
    if (!checking || std::chrono::steady_clock::now() < good_until_) return result_;
  }
  std::string result = log_in();
  const std::lock_guard lock(mutex_);
  result_ = std::move(result);
  good_until_ = std::chrono::steady_clock::now() + parts_.kept;
  return result_;
}

// Where a disk hangs, one login that waits for it says as much as many, and takes one place in a queue.
std::string ReadinessLogin::log_in() {
  const std::size_t loops = parts_.loops.size();
  if (!under_way_ || under_way_->are(loops)) under_way_ = begin();
  return under_way_->wait_for(loops, parts_.patience);
}

std::shared_ptr<ReadinessLogin::Answers> ReadinessLogin::begin() {
  const auto answers = std::make_shared<Answers>();
  for (std::size_t i = 0; i < parts_.loops.size(); ++i) {
    if (i != turn_ % parts_.loops.size()) {
      boost::asio::post(parts_.loops[i], [answers] { answers->give(""); });
      continue;
    }
    boost::asio::co_spawn(parts_.loops[i], try_to_log_in(*logins_, message_),
                          [answers](const std::exception_ptr& error, std::string wrong) {
                            answers->give(error ? describe(error) : std::move(wrong));
                          });
  }
  ++turn_;
  return answers;
}

bool ReadinessLogin::loops_run(std::chrono::milliseconds patience) const {
  const auto answers = std::make_shared<Answers>();
  for (const LoopExecutor& loop : parts_.loops) boost::asio::post(loop, [answers] { answers->give(""); });
  return answers->wait_for(parts_.loops.size(), patience).empty();
}

}  // namespace doorward
