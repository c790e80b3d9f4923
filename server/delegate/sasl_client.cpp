#include "server/delegate/sasl_client.hpp"

#include "server/delegate/bearer_message.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include <openssl/crypto.h>
#include <sasl/sasl.h>

namespace doorward::delegate {
namespace {

struct WipeAndFree {
  void operator()(sasl_secret_t* secret) const {
    OPENSSL_cleanse(secret, sizeof *secret + secret->len);
    std::free(secret);
  }
};

// Cyrus takes every callback as a function without arguments and casts it back by its id.
template <class Function>
sasl_callback_t callback(unsigned long id, Function* function, void* context) {
  return {.id = id, .proc = std::bit_cast<int (*)()>(function), .context = context};
}

// Cyrus would write to syslog, and what went wrong is told in the error anyway.
int keep_silent(void*, int, const char*) { return SASL_OK; }

int initialise_cyrus() {
  static const std::array<sasl_callback_t, 2> silence{callback(SASL_CB_LOG, keep_silent, nullptr),
                                                      sasl_callback_t{SASL_CB_LIST_END, nullptr, nullptr}};
  static const int result = sasl_client_init(silence.data());
  return result;
}

std::string join(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

void dispose(sasl_conn_t* connection) { sasl_dispose(&connection); }

}  // namespace

bool by_ticket(std::string_view mechanism) { return mechanism.starts_with("GS"); }

bool proves_without_password(std::string_view mechanism) {
  return mechanism == "ANONYMOUS" || mechanism == "EXTERNAL" || by_ticket(mechanism);
}

struct SaslClient::Answers {
  std::string username;
  bool external = false;
  std::unique_ptr<sasl_secret_t, WipeAndFree> password;
  std::array<sasl_callback_t, 5> callbacks;

  Answers(std::string_view user, const Secret& secret)
      : username(user),
        password(static_cast<sasl_secret_t*>(std::calloc(1, sizeof(sasl_secret_t) + secret.size()))),
        callbacks{callback(SASL_CB_LOG, keep_silent, nullptr), callback(SASL_CB_AUTHNAME, give_name, this),
                  callback(SASL_CB_USER, give_name, this), callback(SASL_CB_PASS, give_password, this),
                  sasl_callback_t{SASL_CB_LIST_END, nullptr, nullptr}} {
    password->len = secret.size();
    std::memcpy(password->data, secret.reveal().data(), secret.size());
  }

  static int give_name(void* context, int id, const char** name, unsigned* length) {
    const auto& answers = *static_cast<Answers*>(context);
    // An authzid only where there is no other name: else the client wants to be nobody but itself.
    *name = id == SASL_CB_AUTHNAME || answers.external ? answers.username.c_str() : "";
    if (length != nullptr) *length = static_cast<unsigned>(std::strlen(*name));
    return SASL_OK;
  }

  static int give_password(sasl_conn_t*, void* context, int, sasl_secret_t** password) {
    *password = static_cast<Answers*>(context)->password.get();
    return SASL_OK;
  }
};

Result<SaslClient> SaslClient::make(std::string_view server, std::string_view username, Secret password) {
  if (const int result = initialise_cyrus(); result != SASL_OK) {
    return fail(ErrorCode::internal,
                std::string("Cyrus SASL does not start: ") + sasl_errstring(result, nullptr, nullptr));
  }
  auto answers = std::make_unique<Answers>(username, password);
  sasl_conn_t* connection = nullptr;
  const int result = sasl_client_new("amqp", std::string(server).c_str(), nullptr, nullptr,
                                     answers->callbacks.data(), 0, &connection);
  if (result != SASL_OK) {
    return fail(ErrorCode::internal, std::string("Cyrus SASL: ") + sasl_errstring(result, nullptr, nullptr));
  }
  SaslClient client(connection, std::move(answers));
  // No security layer: TLS is the one there is. EXTERNAL needs to hear that there is an outer identity.
  const sasl_security_properties_t properties{};
  sasl_setprop(connection, SASL_SEC_PROPS, &properties);
  sasl_setprop(connection, SASL_AUTH_EXTERNAL, client.answers_->username.c_str());
  return client;
}

SaslClient::SaslClient(sasl_conn* connection, std::unique_ptr<Answers> answers)
    : answers_(std::move(answers)), connection_(connection, dispose) {}
SaslClient::SaslClient(SaslClient&&) noexcept = default;
SaslClient::~SaslClient() = default;

std::string SaslClient::last_error() const { return sasl_errdetail(connection_.get()); }

Result<std::string> SaslClient::choose(std::span<const std::string> offered,
                                       std::string_view mechanism) const {
  std::vector<std::string> candidates;
  for (const std::string& name : offered) {
    // EXTERNAL proves nothing without a certificate, and a ticket is whoever's it is: they are for those who
    // ask.
    const bool fits = !mechanism.empty()           ? name == mechanism
                      : answers_->username.empty() ? name == "ANONYMOUS"
                                                   : !proves_without_password(name);
    if (fits) candidates.push_back(name);
  }
  if (!candidates.empty()) return join(candidates);
  const std::string offer = offered.empty() ? "nothing" : quoted(join(offered), 512);
  if (!mechanism.empty()) {
    return fail(ErrorCode::invalid, quoted(mechanism) + " is not offered: the service offers " + offer +
                                        ". Choose one of these, or let the service offer it");
  }
  const bool nobody = answers_->username.empty();
  return fail(ErrorCode::invalid,
              "none of the offered mechanisms fits a login " + std::string(nobody ? "without" : "with") +
                  " a user name: the service offers " + offer +
                  (nobody ? ". Say who logs in (--user)" : ". Log in without a user name"));
}

Result<SaslClient::Begin> SaslClient::begin(std::span<const std::string> offered,
                                            std::string_view mechanism) {
  const Result<std::string> candidates = choose(offered, mechanism);
  if (!candidates) return std::unexpected(candidates.error());
  if (is_bearer_mechanism(mechanism)) {
    bearer_ = mechanism;
    done_ = true;
    const std::string_view token(reinterpret_cast<const char*>(answers_->password->data),
                                 answers_->password->len);
    return Begin{.mechanism = bearer_,
                 .initial_response = bearer_message(bearer_, answers_->username, token)};
  }
  answers_->external = mechanism == "EXTERNAL";
  const char* output = nullptr;
  unsigned length = 0;
  const char* chosen = nullptr;
  const int result =
      sasl_client_start(connection_.get(), candidates->c_str(), nullptr, &output, &length, &chosen);
  if (result == SASL_NOMECH) {
    const char* able = nullptr;
    sasl_listmech(connection_.get(), nullptr, "", " ", "", &able, nullptr, nullptr);
    return fail(ErrorCode::invalid, "Cyrus SASL on this machine can do none of " + quoted(*candidates, 512) +
                                        ". It can do: " + (able != nullptr ? able : "nothing") +
                                        ". Install the package libsasl2-modules for more, for GSSAPI "
                                        "libsasl2-modules-gssapi-mit");
  }
  if (result != SASL_OK && result != SASL_CONTINUE) {
    return fail(ErrorCode::internal, "Cyrus SASL cannot begin: " + last_error());
  }
  done_ = result == SASL_OK;
  Begin begin{.mechanism = chosen, .initial_response = std::nullopt};
  if (output != nullptr) begin.initial_response.emplace(output, length);
  return begin;
}

Result<std::string> SaslClient::step(std::string_view challenge) {
  if (!bearer_.empty()) return std::string(bearer_farewell(std::exchange(bearer_, {})));
  if (done_) {
    return fail(ErrorCode::unavailable, "the service asks on though the mechanism has nothing more to say");
  }
  const char* output = nullptr;
  unsigned length = 0;
  const int result = sasl_client_step(connection_.get(), challenge.data(),
                                      static_cast<unsigned>(challenge.size()), nullptr, &output, &length);
  // Cyrus' SCRAM calls a wrong signature of the server SASL_BADAUTH.
  if (result == SASL_BADSERV || result == SASL_BADAUTH) {
    return fail(
        ErrorCode::unavailable,
        "the service failed to prove that it knows this user: it is not the one that keeps the password, or "
        "somebody is in between (" +
            quoted(last_error(), 128) + ")");
  }
  if (result != SASL_OK && result != SASL_CONTINUE) {
    return fail(ErrorCode::unavailable,
                "what the service sent does not fit the mechanism: " + quoted(last_error(), 128));
  }
  done_ = result == SASL_OK;
  return output != nullptr ? std::string(output, length) : std::string();
}

}  // namespace doorward::delegate
