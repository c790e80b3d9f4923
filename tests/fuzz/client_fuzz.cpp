// What `doorward sync` and the like read of others: a kubeconfig, headers of an answer, and names that become
// parts of a path. What is said must be fit for a terminal, and a name must come back from its path as it
// was.
#include "server/client/api_client.hpp"
#include "server/client/kubeconfig.hpp"
#include "server/rest/wire/percent.hpp"
#include "store/model/names.hpp"

#include <cstdint>
#include <cstdlib>

using namespace doorward;

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  must(warning_text(text).size() <= text.size());
  must(warning_text("Warning: 299 - \"" + std::string(text) + "\"").size() <= text.size());

  const std::string encoded = percent_encode(text);
  must(encoded.find_first_of("/?#&+ \\\r\n") == std::string::npos);
  const auto decoded = rest::percent_decode(encoded, true);
  must(!decoded || *decoded == text);
  must(decoded || !is_utf8(text) || has_control_character(text));

  const auto config = read_kubeconfig(text, "/etc/doorward/kubeconfig");
  must(config || (is_utf8(config.error().message) && !has_control_character(config.error().message)));
  must(!config || config->files.server.starts_with("https://"));
  return 0;
}
