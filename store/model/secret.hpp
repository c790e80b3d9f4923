#pragma once
// A secret in memory: a password in transit, a token, a key. It wipes itself when it goes, cannot be copied
// by accident, and has no formatter or stream operator: printing one does not compile.
#include <cstddef>
#include <string>
#include <string_view>

namespace doorward {

class Secret {
 public:
  Secret() = default;
  // Copies `bytes`; wiping the source is the caller's duty.
  explicit Secret(std::string_view bytes);
  explicit Secret(const char* text) : Secret(std::string_view(text)) {}
  // Takes the string over and leaves the source empty and wiped.
  explicit Secret(std::string&& bytes);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  // A second secret with the same bytes; explicit, since every copy is one more to wipe.
  Secret clone() const { return Secret(reveal()); }

  // The bytes, for the one call that needs them. The view dies with the secret.
  std::string_view reveal() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

  // Takes time that depends on the lengths only.
  bool equals(std::string_view other) const;

 private:
  std::string bytes_;
};

// Compares in a time that depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// Overwrites the bytes, small-string buffer included, then clears.
void wipe(std::string& bytes);

}  // namespace doorward
