#pragma once
// The server's side of one exchange by Cyrus SASL. Belongs to that exchange, on one thread at a time;
// `settings` outlives it.
//
// Cyrus SASL has one state for the process: the first Server sets it up, as a server without a configuration
// file of its own, and nobody takes it down. The locks that it works under must be there before: where
// somebody else in the process (libldap, say) has set up Cyrus before, theirs are used.
#include "plugins/cyrus/credential.hpp"
#include "plugins/cyrus/settings.hpp"
#include "plugins/plugin.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sasl/sasl.h>

namespace cyrus {

// The bridge is at fault, or what it needs is not there; what() says why, fit for a log.
struct Trouble : doorward_plugin_cpp::Unavailable {
  using Unavailable::Unavailable;
};

struct Outcome {
  enum class Kind { proceed, accepted, refused };
  Kind kind = Kind::refused;
  std::string message;   // a challenge; of `accepted` the last words
  std::string identity;  // of `accepted`: by GSS-API the whole principal, else the name that Cyrus has for it
  std::string reason;    // of `refused`: for the operator, and perhaps empty
};

class Server {
 public:
  // Throws Trouble.
  explicit Server(const Settings& settings);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Of the mechanisms in the settings those that Cyrus SASL can do here.
  std::vector<std::string> able();

  // Throw Trouble.
  Outcome start(const std::string& mechanism, std::optional<std::string_view> initial_response);
  Outcome step(std::string_view response);

 private:
  struct Dispose {
    void operator()(sasl_conn_t* connection) const { sasl_dispose(&connection); }
  };

  // As Cyrus calls them, with this exchange as the context.
  static int keep_log(void* context, int level, const char* text);
  static int keep_name(sasl_conn_t*, void* context, const char* name, unsigned size, unsigned flags,
                       const char* realm, char* out, unsigned room, unsigned* out_size);

  Outcome outcome(int result, const char* message, unsigned size);
  Outcome accept(Outcome outcome);
  std::string identity();
  std::string detail();

  const Settings& settings_;
  std::array<sasl_callback_t, 4> callbacks_;  // the connection points to them
  std::optional<Credential> credential_;      // and to this
  std::unique_ptr<sasl_conn_t, Dispose> connection_;
  bool by_gss_ = false;
  std::string name_;    // the client's, before Cyrus makes it canonical
  std::string logged_;  // the last that Cyrus found wrong
};

}  // namespace cyrus
