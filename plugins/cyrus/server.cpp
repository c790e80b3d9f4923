#include "plugins/cyrus/server.hpp"

#include <algorithm>
#include <bit>
#include <mutex>

namespace cyrus {
namespace {

constexpr std::string_view separator = " ";

// Cyrus takes every callback as a function without arguments and casts it back by its id.
template <class Function>
sasl_callback_t callback(unsigned long id, Function* function, void* context) {
  return {.id = id, .proc = std::bit_cast<int (*)()>(function), .context = context};
}

// It would write to the system's log.
int keep_silent(void*, int, const char*) { return SASL_OK; }

void* make_mutex() { return new std::mutex; }
int lock_mutex(void* mutex) {
  static_cast<std::mutex*>(mutex)->lock();
  return SASL_OK;
}
int unlock_mutex(void* mutex) {
  static_cast<std::mutex*>(mutex)->unlock();
  return SASL_OK;
}
void free_mutex(void* mutex) { delete static_cast<std::mutex*>(mutex); }

void set_up() {
  static const std::array<sasl_callback_t, 2> silence{callback(SASL_CB_LOG, keep_silent, nullptr),
                                                      sasl_callback_t{SASL_CB_LIST_END, nullptr, nullptr}};
  static const int result = [] {
    sasl_set_mutex(make_mutex, lock_mutex, unlock_mutex, free_mutex);
    // Without a name for the application no file configures it.
    return sasl_server_init(silence.data(), nullptr);
  }();
  if (result != SASL_OK)
    throw Trouble(std::string("Cyrus SASL does not start: ") + sasl_errstring(result, nullptr, nullptr));
}

// The connection's options, and no others: whoever has a callback is not asked about a configuration file.
int get_option(void* context, const char*, const char* option, const char** value, unsigned* size) {
  const auto& options = static_cast<const Settings*>(context)->options;
  const auto found = options.find(std::string_view(option));
  if (found == options.end()) return SASL_FAIL;
  *value = found->second.c_str();
  if (size != nullptr) *size = static_cast<unsigned>(found->second.size());
  return SASL_OK;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> words;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(separator), list.size());
    words.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + separator.size(), list.size()));
  }
  return words;
}

// Null is no message, which is not the same to Cyrus as an empty one.
const char* pointer(std::string_view text) { return text.empty() ? "" : text.data(); }

bool can_be_stored(std::string_view identity) {
  return !identity.empty() && identity.size() <= DOORWARD_MAX_IDENTITY &&
         std::ranges::none_of(identity, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace

Server::Server(const Settings& settings)
    : settings_(settings),
      callbacks_{callback(SASL_CB_LOG, keep_log, this),
                 callback(SASL_CB_GETOPT, get_option, const_cast<Settings*>(&settings)),
                 callback(SASL_CB_CANON_USER, keep_name, this),
                 sasl_callback_t{SASL_CB_LIST_END, nullptr, nullptr}} {
  set_up();
  sasl_conn_t* connection = nullptr;
  const int result = sasl_server_new(settings.service.c_str(), settings.server_fqdn.c_str(), nullptr, nullptr,
                                     nullptr, callbacks_.data(), 0, &connection);
  if (result != SASL_OK)
    throw Trouble(std::string("Cyrus SASL: ") + sasl_errstring(result, nullptr, nullptr));
  connection_.reset(connection);
  // No security layer, and so no buffer for one: after the outcome a router goes on in clear AMQP, or in TLS.
  const sasl_security_properties_t properties{};
  sasl_setprop(connection, SASL_SEC_PROPS, &properties);
  if (!settings.any_gss()) return;
  credential_.emplace(settings);
  sasl_setprop(connection, SASL_GSS_CREDS, credential_->get());
}

// The mechanism's own words, such as Kerberos' that clocks differ; what is below them can hold passwords.
int Server::keep_log(void* context, int level, const char* text) {
  if (level == SASL_LOG_ERR || level == SASL_LOG_FAIL || level == SASL_LOG_WARN)
    static_cast<Server*>(context)->logged_ = text;
  return SASL_OK;
}

int Server::keep_name(sasl_conn_t*, void* context, const char* name, unsigned size, unsigned flags,
                      const char*, char* out, unsigned room, unsigned* out_size) {
  if (size >= room) return SASL_BUFOVER;
  if ((flags & SASL_CU_AUTHID) != 0) static_cast<Server*>(context)->name_.assign(name, size);
  std::copy_n(name, size, out);
  out[size] = '\0';
  *out_size = size;
  return SASL_OK;
}

std::vector<std::string> Server::able() {
  const char* listed = nullptr;
  if (sasl_listmech(connection_.get(), nullptr, "", separator.data(), "", &listed, nullptr, nullptr) !=
      SASL_OK)
    return {};
  std::vector<std::string> names = split(listed);
  std::erase_if(names, [this](const std::string& name) {
    return std::ranges::find(settings_.mechanisms, name) == settings_.mechanisms.end();
  });
  return names;
}

Outcome Server::start(const std::string& mechanism, std::optional<std::string_view> initial_response) {
  if (std::ranges::find(settings_.mechanisms, mechanism) == settings_.mechanisms.end()) return {};
  by_gss_ = Settings::is_gss(mechanism);
  const char* message = nullptr;
  unsigned size = 0;
  const int result = sasl_server_start(
      connection_.get(), mechanism.c_str(), initial_response ? pointer(*initial_response) : nullptr,
      initial_response ? static_cast<unsigned>(initial_response->size()) : 0, &message, &size);
  return outcome(result, message, size);
}

Outcome Server::step(std::string_view response) {
  const char* message = nullptr;
  unsigned size = 0;
  const int result = sasl_server_step(connection_.get(), pointer(response),
                                      static_cast<unsigned>(response.size()), &message, &size);
  return outcome(result, message, size);
}

Outcome Server::outcome(int result, const char* message, unsigned size) {
  Outcome outcome{.message = message == nullptr ? std::string() : std::string(message, size)};
  switch (result) {
    case SASL_CONTINUE:
      outcome.kind = Outcome::Kind::proceed;
      return outcome;
    case SASL_OK:
      return accept(std::move(outcome));
    // What is not the client's fault.
    case SASL_NOMEM:
    case SASL_NOTINIT:
    case SASL_TRYAGAIN:
    case SASL_UNAVAIL:
    case SASL_CONFIGERR:
      throw Trouble("Cyrus SASL: " + detail());
    // All else can be, and whoever asks learns only that it was refused.
    default:
      return {.reason = detail()};
  }
}

Outcome Server::accept(Outcome outcome) {
  const void* value = nullptr;
  if (sasl_getprop(connection_.get(), SASL_SSF, &value) != SASL_OK || value == nullptr ||
      *static_cast<const sasl_ssf_t*>(value) != 0)
    return {.reason = "the client has negotiated a security layer, which no router can relay"};
  outcome.identity = identity();
  if (!can_be_stored(outcome.identity))
    return {.reason = "the client's name is empty, too long or has control characters"};
  outcome.kind = Outcome::Kind::accepted;
  return outcome;
}

// Of a principal every byte counts. Cyrus' own name for it lacks the realm where that is the default one, and
// spaces at its ends.
std::string Server::identity() {
  const void* value = nullptr;
  if (!by_gss_) {
    if (sasl_getprop(connection_.get(), SASL_USERNAME, &value) != SASL_OK || value == nullptr) return {};
    return static_cast<const char*>(value);
  }
  if (sasl_getprop(connection_.get(), SASL_GSS_PEER_NAME, &value) == SASL_OK && value != nullptr)
    return principal_of(static_cast<gss_name_t>(const_cast<void*>(value)));
  return name_.find('@') == std::string::npos ? principal_in_default_realm(name_) : name_;
}

std::string Server::detail() {
  const char* text = logged_.empty() ? sasl_errdetail(connection_.get()) : logged_.c_str();
  return text == nullptr ? std::string() : std::string(text).substr(0, DOORWARD_MAX_REASON);
}

}  // namespace cyrus
