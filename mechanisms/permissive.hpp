#pragma once
// The mechanisms of a `none` service, which lets everybody in. Each is spoken as far as its client expects
// it, the name that the client gives is kept, and nothing is verified. A mechanism whose client verifies the
// server cannot be pretended.
#include "mechanisms/mechanism.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace doorward {

// Who is let in without a name, or with one that is not fit to be told on.
inline constexpr std::string_view anonymous_name = "anonymous";

// How one mechanism is spoken. All data is static.
struct PermissiveForm {
  std::string_view mechanism;
  bool carries_password = false;        // readable to whoever reads the connection
  std::string (*prompt)() = nullptr;    // the challenge that asks for the name; null: nothing need be asked
  std::string_view second_prompt = {};  // asks for something else after that; empty: nothing more
  std::string (*name_in)(std::string_view message) = nullptr;  // null: the client gives no name
};

class PermissiveMechanism : public Mechanism {
 public:
  explicit PermissiveMechanism(const PermissiveForm& form) : form_(form) {}

  Step step(std::string_view message) override;

 private:
  enum class Awaits : std::uint8_t { name, second_answer, nothing };

  const PermissiveForm& form_;
  Awaits awaits_ = Awaits::name;
  bool asked_ = false;
  std::string username_;
};

// Null where the client would verify the server, for what is no mechanism name, and for PLAIN and its like
// unless `plain_allowed`.
std::unique_ptr<Mechanism> make_permissive_mechanism(std::string_view name, bool plain_allowed);

// The form of a mechanism that is known by name, or null.
const PermissiveForm* permissive_form(std::string_view name);

}  // namespace doorward
