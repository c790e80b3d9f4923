// A login record as a row of the store holds it, which a damaged file may have changed in any way: what is
// read is what would be written, byte for byte.
#include "store/login_codec.hpp"
#include "tests/fuzz/exchange_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace doorward;
  using fuzz::must;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto content = decode_login(bytes);
  if (!content) {
    must(content.error().code == ErrorCode::internal, "a damaged record is nobody's input");
    return 0;
  }
  const auto written = encode_login(content->type, content->credentials, content->authorization);
  must(written.has_value() && *written == bytes, "written otherwise than it was read");
  return 0;
}
