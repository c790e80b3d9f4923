#include "tests/bench/conversation.hpp"

#include "server/amqp/wire/frame.hpp"
#include "server/amqp/wire/open.hpp"
#include "server/amqp/wire/sasl.hpp"
#include "store/model/base64.hpp"
#include "store/model/scram_credential.hpp"
#include "tests/server/amqp/frames.hpp"

#include <charconv>
#include <stdexcept>

#include <boost/asio/read.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace doorward::bench {
namespace {

namespace asio = boost::asio;
constexpr asio::use_awaitable_t<Executor> awaited;

[[noreturn]] void unexpected(const std::string& what) { throw std::runtime_error("login failed: " + what); }

// A stream that counts what each round trip moved.
template <class Stream>
class Counted {
 public:
  explicit Counted(Stream& stream) : stream_(stream) {}

  Task<void> send(std::string bytes) {
    script_.push_back({bytes.size(), 0});
    co_await asio::async_write(stream_, asio::buffer(bytes), awaited);
  }

  Task<std::string> header() { co_return co_await exactly(wire::header_bytes); }

  // The body of the next frame.
  Task<std::string> frame() {
    const std::string head = co_await exactly(8);
    const auto header = wire::parse_frame_header(head, 1 << 20);
    if (!header) unexpected(header.error().message);
    co_return co_await exactly(header->size - 8);
  }

  const Script& script() const { return script_; }

 private:
  Task<std::string> exactly(std::size_t wanted) {
    while (buffered_.size() < wanted) {
      char chunk[4096];
      const std::size_t n = co_await stream_.async_read_some(asio::buffer(chunk), awaited);
      buffered_.append(chunk, n);
    }
    script_.back().received += wanted;
    std::string bytes = buffered_.substr(0, wanted);
    buffered_.erase(0, wanted);
    co_return bytes;
  }

  Stream& stream_;
  std::string buffered_;
  Script script_;
};

// The client's side of RFC 5802, by OpenSSL's one-shot calls: independent of the code that it measures.
class ScramClient {
 public:
  ScramClient(Account& account, ScramHash hash)
      : account_(account),
        digest_(hash == ScramHash::sha1     ? EVP_sha1()
                : hash == ScramHash::sha256 ? EVP_sha256()
                                            : EVP_sha512()) {}

  std::string first() {
    first_bare_ = "n=" + account_.user + ",r=benchbenchbenchbenchbench";
    return "n,," + first_bare_;
  }

  std::string final(std::string_view server_first) {
    const std::string salt = *base64_decode(attribute(server_first, 's'));
    const std::string_view count = attribute(server_first, 'i');
    unsigned iterations = 0;
    std::from_chars(count.data(), count.data() + count.size(), iterations);
    std::string guess = account_.password;
    std::string& salted = account_.derives ? (*account_.salted_passwords)[{salt, iterations}] : guess;
    if (salted.empty()) {
      salted.resize(static_cast<std::size_t>(EVP_MD_get_size(digest_)));
      PKCS5_PBKDF2_HMAC(account_.password.data(), static_cast<int>(account_.password.size()), bytes(salt),
                        static_cast<int>(salt.size()), static_cast<int>(iterations), digest_,
                        static_cast<int>(salted.size()), reinterpret_cast<unsigned char*>(salted.data()));
    }
    const std::string client_key = hmac(salted, "Client Key");
    const std::string without_proof = "c=biws,r=" + std::string(attribute(server_first, 'r'));
    const std::string auth_message = first_bare_ + "," + std::string(server_first) + "," + without_proof;
    std::string proof = hmac(hash(client_key), auth_message);
    for (std::size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<char>(proof[i] ^ client_key[i]);
    server_final_ = "v=" + base64_encode(hmac(hmac(salted, "Server Key"), auth_message));
    return without_proof + ",p=" + base64_encode(proof);
  }

  void verify(std::string_view server_final) const {
    if (server_final != server_final_) unexpected("the server's signature does not verify");
  }

 private:
  static const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  }
  static std::string_view attribute(std::string_view message, char name) {
    for (std::size_t at = 0; at < message.size();) {
      const std::size_t end = std::min(message.find(',', at), message.size());
      if (message.substr(at).starts_with(std::string{name, '='})) return message.substr(at + 2, end - at - 2);
      at = end + 1;
    }
    unexpected("server-first without " + std::string(1, name));
  }
  std::string hmac(std::string_view key, std::string_view data) const {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    HMAC(digest_, key.data(), static_cast<int>(key.size()), bytes(data), data.size(), out, &length);
    return {reinterpret_cast<char*>(out), length};
  }
  std::string hash(std::string_view data) const {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_Digest(data.data(), data.size(), out, &length, digest_, nullptr);
    return {reinterpret_cast<char*>(out), length};
  }

  Account& account_;
  const EVP_MD* digest_;
  std::string first_bare_;
  std::string server_final_;
};

std::string challenge_in(const std::string& body) {
  const auto frame = wire::parse_sasl_challenge_or_outcome(body);
  if (!frame) unexpected(frame.error().message);
  const auto* challenge = std::get_if<wire::SaslChallenge>(&*frame);
  if (!challenge) unexpected("an outcome where a challenge was due");
  return std::string(challenge->challenge);
}

void require_ok(const std::string& body) {
  const auto frame = wire::parse_sasl_challenge_or_outcome(body);
  if (!frame) unexpected(frame.error().message);
  const auto* outcome = std::get_if<wire::SaslOutcome>(&*frame);
  if (!outcome) unexpected("a challenge where the outcome was due");
  if (outcome->code != SaslCode::ok) unexpected("outcome " + std::string(to_string(outcome->code)));
}

// Why there is no identity.
std::string said_in_close(const std::string& body) {
  const auto close = wire::parse_close(body);
  if (!close || !*close) return "open without an identity";
  return (*close)->condition + ": " + (*close)->description;
}

template <class Stream>
Task<void> authenticate(Counted<Stream>& peer, Account& account) {
  const auto hash = scram_hash_of(account.mechanism);
  if (!hash) {
    std::string response;
    if (account.mechanism == "PLAIN") response = '\0' + account.user + '\0' + account.password;
    co_await peer.send(wire::encode(wire::SaslInit{account.mechanism, response, account.realm}));
    require_ok(co_await peer.frame());
    co_return;
  }
  ScramClient scram(account, *hash);
  const std::string first = scram.first();
  co_await peer.send(wire::encode(wire::SaslInit{account.mechanism, first, account.realm}));
  const std::string server_first = challenge_in(co_await peer.frame());
  const std::string final = scram.final(server_first);
  co_await peer.send(wire::encode(wire::SaslResponse{final}));
  scram.verify(challenge_in(co_await peer.frame()));
  co_await peer.send(wire::encode(wire::SaslResponse{""}));
  require_ok(co_await peer.frame());
}

}  // namespace

template <class Stream>
Task<Script> login(Stream& stream, Account& account) {
  Counted peer(stream);
  co_await peer.send(std::string(wire::sasl_header));
  if (co_await peer.header() != wire::sasl_header) unexpected("no SASL header");
  co_await peer.frame();  // the offer

  co_await authenticate(peer, account);

  co_await peer.send(std::string(wire::amqp_header) +
                     (account.max_frame_size == 0
                          ? wire::encode(wire::DelegateOpen{"bench", account.realm, true})
                          : open_frame("bench", account.max_frame_size)));
  if (co_await peer.header() != wire::amqp_header) unexpected("no AMQP header");
  const std::string open = co_await peer.frame();
  if (account.broker) {
    co_await peer.send(wire::encode_close());
    co_await peer.frame();  // close
    co_return peer.script();
  }
  const auto identity = wire::parse_open_reply(open);
  if (!identity) unexpected(identity.error().message);
  if (identity->sub.empty()) unexpected(said_in_close(co_await peer.frame()));
  co_await peer.frame();  // close
  co_await peer.send(wire::encode_close());
  co_return peer.script();
}

template <class Stream>
Task<void> replay(Stream& stream, const Script& script) {
  std::string bytes;
  for (const Turn& turn : script) {
    bytes.assign(turn.sent, 'x');
    co_await asio::async_write(stream, asio::buffer(bytes), awaited);
    bytes.resize(turn.received);
    if (turn.received > 0) co_await asio::async_read(stream, asio::buffer(bytes), awaited);
  }
}

template Task<Script> login(Socket&, Account&);
template Task<Script> login(TlsStream&, Account&);
template Task<void> replay(Socket&, const Script&);
template Task<void> replay(TlsStream&, const Script&);

}  // namespace doorward::bench
