// Cyrus SASL as a peer: see peer.hpp. The library is initialised once for the process, as a client and as a
// server.
#include "tests/mechanisms/judges/peer.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <vector>

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

namespace doorward::judges {
namespace {

// Cyrus keeps each callback as `int (*)()` and casts it back by its id; the compiler wants to hear that this
// is meant.
template <class Function>
int (*erased(Function* function))() {
  return reinterpret_cast<int (*)()>(reinterpret_cast<void*>(function));
}

void require(int outcome, const char* what) {
  if (outcome != SASL_OK)
    throw std::runtime_error(std::string(what) + ": " + sasl_errstring(outcome, nullptr, nullptr));
}

int quiet(void*, int, const char*) { return SASL_OK; }

// The verifier of the exchange that runs: Cyrus has no place for it in a connection.
std::string current_verifier;

int find_verifier(void*, sasl_server_params_t* parameters, unsigned flags, const char*, unsigned) {
  if (flags & SASL_AUXPROP_AUTHZID) return SASL_OK;
  const sasl_utils_t* utils = parameters->utils;
  for (const propval* wanted = utils->prop_get(parameters->propctx); wanted && wanted->name; ++wanted) {
    if (std::strcmp(wanted->name, "*authPassword") == 0) {
      utils->prop_set(parameters->propctx, wanted->name, current_verifier.c_str(), -1);
    }
  }
  return SASL_OK;
}

int make_plugin(const sasl_utils_t*, int, int* version, sasl_auxprop_plug_t** plugin, const char*) {
  static char name[] = "verifiers";
  static sasl_auxprop_plug_t verifiers{};
  verifiers.name = name;
  verifiers.auxprop_lookup = find_verifier;
  *version = SASL_AUXPROP_PLUG_VERSION;
  *plugin = &verifiers;
  return SASL_OK;
}

int option(void*, const char*, const char* name, const char** value, unsigned* length) {
  if (std::strcmp(name, "auxprop_plugin") != 0) return SASL_FAIL;
  *value = "verifiers";
  if (length) *length = static_cast<unsigned>(std::strlen(*value));
  return SASL_OK;
}

// Those that judge alone are loaded: others that the machine has, of Kerberos say, cost time and leak.
int load_judge(void*, const char* file, sasl_verify_type_t type) {
  if (type != SASL_VRFY_PLUGIN) return SASL_OK;
  static constexpr std::string_view judges[] = {"libanonymous.", "libcrammd5.", "libdigestmd5.",
                                                "liblogin.",     "libplain.",   "libscram."};
  std::string_view name = file;
  name.remove_prefix(name.rfind('/') + 1);
  return std::ranges::any_of(judges, [&](std::string_view judge) { return name.starts_with(judge); })
             ? SASL_OK
             : SASL_CONTINUE;
}

struct Library {
  Library() {
    static const sasl_callback_t client[] = {{SASL_CB_LOG, erased(quiet), nullptr},
                                             {SASL_CB_VERIFYFILE, erased(load_judge), nullptr},
                                             {SASL_CB_LIST_END, nullptr, nullptr}};
    static const sasl_callback_t server[] = {{SASL_CB_LOG, erased(quiet), nullptr},
                                             {SASL_CB_VERIFYFILE, erased(load_judge), nullptr},
                                             {SASL_CB_GETOPT, erased(option), nullptr},
                                             {SASL_CB_LIST_END, nullptr, nullptr}};
    require(sasl_client_init(client), "sasl_client_init");
    require(sasl_server_init(server, "judges"), "sasl_server_init");
    require(sasl_auxprop_add_plugin("verifiers", make_plugin), "sasl_auxprop_add_plugin");
  }
  ~Library() {
    sasl_client_done();
    sasl_server_done();
  }
};

void start_library() { static Library library; }

class CyrusPeer : public Peer {
 public:
  ~CyrusPeer() override { sasl_dispose(&connection_); }

  std::string step(std::string_view message) override {
    const char* out = nullptr;
    unsigned size = 0;
    const int outcome = advance(message, &out, &size);
    state_ = outcome == SASL_OK         ? State::satisfied
             : outcome == SASL_CONTINUE ? State::talking
                                        : State::refused;
    started_ = true;
    return out ? std::string(out, size) : std::string();
  }

 protected:
  explicit CyrusPeer(std::string_view mechanism) : mechanism_(mechanism) { start_library(); }

  virtual int advance(std::string_view message, const char** out, unsigned* size) = 0;

  // SCRAM wants no layer of its own here, PLAIN and ANONYMOUS need to be let.
  void accept_all_mechanisms() {
    sasl_security_properties_t properties{};
    require(sasl_setprop(connection_, SASL_SEC_PROPS, &properties), "sasl_setprop");
  }

  const std::string mechanism_;
  sasl_conn_t* connection_ = nullptr;
  bool started_ = false;
};

class Client : public CyrusPeer {
 public:
  // Cyrus says that it could bind only where it chose among several mechanisms.
  Client(std::string_view mechanism, const Account& account, bool can_bind)
      : CyrusPeer((can_bind ? "ANONYMOUS " : "") + std::string(mechanism)),
        account_(account),
        secret_(sizeof(sasl_secret_t) + account.password.size()) {
    auto* secret = reinterpret_cast<sasl_secret_t*>(secret_.data());
    secret->len = account.password.size();
    std::memcpy(secret->data, account.password.data(), account.password.size());
    require(sasl_client_new("amqp", "localhost", nullptr, nullptr, callbacks_, 0, &connection_),
            "sasl_client_new");
    accept_all_mechanisms();
    if (can_bind) require(sasl_setprop(connection_, SASL_CHANNEL_BINDING, &binding_), "sasl_setprop");
  }

 private:
  static int name(void* context, int id, const char** value, unsigned* length) {
    const Account& account = static_cast<Client*>(context)->account_;
    *value = (id == SASL_CB_USER ? account.authzid : account.username).c_str();
    if (length) *length = static_cast<unsigned>(std::strlen(*value));
    return SASL_OK;
  }

  static int password(sasl_conn_t*, void* context, int, sasl_secret_t** secret) {
    *secret = reinterpret_cast<sasl_secret_t*>(static_cast<Client*>(context)->secret_.data());
    return SASL_OK;
  }

  int advance(std::string_view message, const char** out, unsigned* size) override {
    if (started_) {
      return sasl_client_step(connection_, message.data(), static_cast<unsigned>(message.size()), nullptr,
                              out, size);
    }
    const char* chosen = nullptr;
    return sasl_client_start(connection_, mechanism_.c_str(), nullptr, out, size, &chosen);
  }

  const Account account_;
  std::vector<char> secret_;
  const sasl_channel_binding_t binding_{"tls-unique", 0, 12,
                                        reinterpret_cast<const unsigned char*>("0123456789ab")};
  const sasl_callback_t callbacks_[4] = {{SASL_CB_USER, erased(name), this},
                                         {SASL_CB_AUTHNAME, erased(name), this},
                                         {SASL_CB_PASS, erased(password), this},
                                         {SASL_CB_LIST_END, nullptr, nullptr}};
};

class Server : public CyrusPeer {
 public:
  Server(std::string_view mechanism, const ScramCredential& credential)
      : CyrusPeer(mechanism), verifier_(credential.format()) {
    require(sasl_server_new("amqp", "localhost", nullptr, nullptr, nullptr, nullptr, 0, &connection_),
            "sasl_server_new");
    accept_all_mechanisms();
  }

 private:
  int advance(std::string_view message, const char** out, unsigned* size) override {
    current_verifier = verifier_;
    const auto length = static_cast<unsigned>(message.size());
    if (started_) return sasl_server_step(connection_, message.data(), length, out, size);
    return sasl_server_start(connection_, mechanism_.c_str(), message.data(), length, out, size);
  }

  const std::string verifier_;
};

}  // namespace

std::unique_ptr<Peer> cyrus_client(std::string_view mechanism, const Account& account) {
  return std::make_unique<Client>(mechanism, account, false);
}

std::unique_ptr<Peer> cyrus_client_with_y(std::string_view mechanism, const Account& account) {
  return std::make_unique<Client>(mechanism, account, true);
}

std::unique_ptr<Peer> cyrus_server(std::string_view mechanism, const ScramCredential& credential) {
  return std::make_unique<Server>(mechanism, credential);
}

}  // namespace doorward::judges
