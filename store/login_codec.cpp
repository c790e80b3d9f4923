#include "store/login_codec.hpp"

#include <algorithm>
#include <limits>

namespace doorward {
namespace {

constexpr std::uint8_t format_1 = 1;
constexpr std::uint8_t last_user_type = static_cast<std::uint8_t>(UserType::serviceaccount);
constexpr std::uint8_t last_hash = static_cast<std::uint8_t>(ScramHash::sha512);
enum OperationBit : std::uint8_t { send_bit = 1, recv_bit = 2, view_bit = 4, manage_bit = 8, all_bits = 15 };

bool is_sound(const ScramCredential& c) {
  const std::size_t key_bytes = scram_digest_bytes(c.hash);
  return c.iterations >= ScramCredential::min_iterations && c.iterations <= ScramCredential::max_iterations &&
         c.salt.size() >= ScramCredential::min_salt_bytes &&
         c.salt.size() <= ScramCredential::max_salt_bytes && (c.keys.size() == 1 || c.keys.size() == 2) &&
         std::ranges::all_of(c.keys, [key_bytes](const ScramKeys& k) {
           return k.stored_key.size() == key_bytes && k.server_key.size() == key_bytes;
         });
}

// At most one for each hash.
bool are_sound(std::span<const ScramCredential> credentials) {
  unsigned seen = 0;
  for (const ScramCredential& c : credentials) {
    const unsigned bit = 1u << static_cast<unsigned>(c.hash);
    if ((seen & bit) != 0 || !is_sound(c)) return false;
    seen |= bit;
  }
  return true;
}

bool are_sound(std::span<const AddressRule> rules) {
  constexpr std::size_t max_count = std::numeric_limits<std::uint16_t>::max();
  return rules.size() <= max_count && std::ranges::all_of(rules, [](const AddressRule& rule) {
           return rule.addresses.size() <= max_count &&
                  std::ranges::all_of(rule.addresses,
                                      [](const auto& address) { return address.size() <= max_count; });
         });
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  // Big-endian.
  template <class Number>
  void number(Number value) {
    for (std::size_t byte = sizeof value; byte-- > 0;) out_ += static_cast<char>(value >> (8 * byte) & 0xff);
  }
  void bytes(std::string_view text) { out_ += text; }

 private:
  std::string& out_;
};

// Answers zeros and nothing once the input has ended too early; ok() tells at the end.
class Reader {
 public:
  explicit Reader(std::string_view in) : rest_(in) {}

  template <class Number>
  Number number() {
    Number value = 0;
    for (const char c : bytes(sizeof value)) {
      value = static_cast<Number>(static_cast<std::uint64_t>(value) << 8 | static_cast<std::uint8_t>(c));
    }
    return value;
  }
  std::string_view bytes(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view part = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return part;
  }
  void require(bool condition) { ok_ = ok_ && condition; }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

ScramCredential read_credential(Reader& in) {
  ScramCredential c;
  const auto hash = in.number<std::uint8_t>();
  in.require(hash <= last_hash);
  c.hash = static_cast<ScramHash>(std::min(hash, last_hash));
  c.iterations = in.number<std::uint32_t>();
  c.salt = in.bytes(in.number<std::uint8_t>());
  const auto pairs = in.number<std::uint8_t>();
  in.require(pairs == 1 || pairs == 2);
  const std::size_t key_bytes = scram_digest_bytes(c.hash);
  c.keys.reserve(in.ok() ? pairs : 0);
  for (unsigned i = 0; i < pairs && in.ok(); ++i) {
    ScramKeys& keys = c.keys.emplace_back();
    const auto ends = in.number<std::uint8_t>();
    in.require(ends <= 1);
    if (ends == 1) keys.not_after = std::chrono::sys_seconds(std::chrono::seconds(in.number<std::int64_t>()));
    keys.stored_key = in.bytes(key_bytes);
    keys.server_key = in.bytes(key_bytes);
  }
  return c;
}

AddressRule read_rule(Reader& in) {
  AddressRule rule;
  const auto bits = in.number<std::uint8_t>();
  in.require(bits <= all_bits);
  rule.operations = {(bits & send_bit) != 0, (bits & recv_bit) != 0, (bits & view_bit) != 0,
                     (bits & manage_bit) != 0};
  const auto addresses = in.number<std::uint16_t>();
  for (unsigned i = 0; i < addresses && in.ok(); ++i) {
    rule.addresses.emplace_back(in.bytes(in.number<std::uint16_t>()));
  }
  return rule;
}

}  // namespace

// record     = %x01 type credentials rules                  ; 1: the format; numbers are big-endian
// type       = OCTET                                        ; UserType
// credentials= count8 *credential
// credential = hash iterations32 length8 salt count8 1*2keys ; hash: ScramHash
// keys       = (%x00 / %x01 not-after64) stored-key server-key ; of the hash's length
// rules      = count16 *rule
// rule       = operations count16 *(length16 address)       ; operations: OperationBit
Result<std::string> encode_login(UserType type, std::span<const ScramCredential> credentials,
                                 std::span<const AddressRule> authorization) {
  if (!are_sound(credentials)) {
    return fail(ErrorCode::invalid,
                "the credentials of a user must be one for each hash, with salt, iterations and "
                "keys within their bounds");
  }
  if (!are_sound(authorization)) {
    return fail(ErrorCode::invalid,
                "the authorization of a user has too many rules, or too many or too long addresses "
                "in one; 65535 is the most of each");
  }
  std::string record;
  Writer out(record);
  out.number(format_1);
  out.number(static_cast<std::uint8_t>(type));
  out.number(static_cast<std::uint8_t>(credentials.size()));
  for (const ScramCredential& c : credentials) {
    out.number(static_cast<std::uint8_t>(c.hash));
    out.number(c.iterations);
    out.number(static_cast<std::uint8_t>(c.salt.size()));
    out.bytes(c.salt);
    out.number(static_cast<std::uint8_t>(c.keys.size()));
    for (const ScramKeys& keys : c.keys) {
      out.number(static_cast<std::uint8_t>(keys.not_after ? 1 : 0));
      if (keys.not_after) out.number(static_cast<std::int64_t>(keys.not_after->time_since_epoch().count()));
      out.bytes(keys.stored_key);
      out.bytes(keys.server_key);
    }
  }
  out.number(static_cast<std::uint16_t>(authorization.size()));
  for (const AddressRule& rule : authorization) {
    const Operations& may = rule.operations;
    out.number(static_cast<std::uint8_t>((may.send ? send_bit : 0) | (may.recv ? recv_bit : 0) |
                                         (may.view ? view_bit : 0) | (may.manage ? manage_bit : 0)));
    out.number(static_cast<std::uint16_t>(rule.addresses.size()));
    for (const std::string& address : rule.addresses) {
      out.number(static_cast<std::uint16_t>(address.size()));
      out.bytes(address);
    }
  }
  return record;
}

Result<LoginContent> decode_login(std::string_view bytes) {
  Reader in(bytes);
  LoginContent content;
  in.require(in.number<std::uint8_t>() == format_1);
  const auto type = in.number<std::uint8_t>();
  in.require(type <= last_user_type);
  content.type = static_cast<UserType>(std::min(type, last_user_type));
  const auto credentials = in.number<std::uint8_t>();
  for (unsigned i = 0; i < credentials && in.ok(); ++i) content.credentials.push_back(read_credential(in));
  const auto rules = in.number<std::uint16_t>();
  for (unsigned i = 0; i < rules && in.ok(); ++i) content.authorization.push_back(read_rule(in));
  if (!in.ok() || !in.at_end() || !are_sound(content.credentials)) {
    return fail(ErrorCode::internal,
                "a login record in the store is damaged; write the user again, or restore a backup");
  }
  return content;
}

}  // namespace doorward
