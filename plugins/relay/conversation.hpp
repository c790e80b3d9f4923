#pragma once
// What a router says to an AMQP-SASL service, said to another one on behalf of a client: the exchange goes
// through byte by byte, and at its end the other service says who the client is. One conversation is one
// login, on one thread at a time.
#include "plugins/plugin.hpp"
#include "plugins/relay/stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace relay {

// How a conversation ended. `code` is the outcome's: 0 ok, 1 auth, 2 sys, 3 sys-perm, 4 sys-temp.
struct Ended {
  std::uint8_t code = 2;
  std::string last_words;  // of ok: the outcome's additional data
  std::string identity;
  doorward_plugin_cpp::Rights rights;
};

class Conversation {
 public:
  // Up to the other service's offer. Throws Unreachable, as everything here does, for what breaks the
  // protocol too.
  Conversation(const std::string& host, std::uint16_t port, const Tls* tls, Deadline deadline);

  const std::vector<std::string>& mechanisms() const { return mechanisms_; }

  // A challenge, or how it ended.
  using Reply = std::variant<std::string, Ended>;
  Reply begin(std::string_view mechanism, std::optional<std::string_view> initial_response,
              std::string_view realm, Deadline deadline);
  Reply respond(std::string_view response, Deadline deadline);

 private:
  Reply read_reply(Deadline deadline);
  void read_identity(Ended& ended, Deadline deadline);
  std::string frame(std::uint8_t type, Deadline deadline);  // the body of the next one

  Stream stream_;
  std::vector<std::string> mechanisms_;
  std::string realm_;
};

}  // namespace relay
