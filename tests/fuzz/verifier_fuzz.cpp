// A verifier as a manifest carries it: what is read is within its bounds and is written back byte for byte.
#include "store/model/base64.hpp"
#include "store/model/scram_credential.hpp"
#include "tests/fuzz/exchange_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace doorward;
  using fuzz::must;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = base64_decode(text))
    must(base64_encode(*bytes) == text, "two texts for the same bytes");
  must(base64_decode(base64_encode(text)) == text, "base64 lost bytes");

  const auto credential = ScramCredential::parse(text);
  if (!credential) {
    must(credential.error().code == ErrorCode::invalid && !credential.error().message.empty(), "no reason");
    must(credential.error().message.size() < 300, "an error as long as its input");
    return 0;
  }
  must(credential->format() == text, "written otherwise than it was read");
  must(credential->iterations >= ScramCredential::min_iterations &&
           credential->iterations <= ScramCredential::max_iterations,
       "iterations out of bounds");
  must(credential->salt.size() >= ScramCredential::min_salt_bytes &&
           credential->salt.size() <= ScramCredential::max_salt_bytes,
       "a salt out of bounds");
  must(credential->keys.size() == 1 &&
           credential->keys[0].stored_key.size() == scram_digest_bytes(credential->hash) &&
           credential->keys[0].server_key.size() == scram_digest_bytes(credential->hash),
       "keys of a wrong length");
  return 0;
}
