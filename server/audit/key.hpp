#pragma once
// The key of the audit's chain, a file in the data directory's `keys` (mode 0600). Whoever has it can forge
// lines, and whoever verifies needs it. Read once, by the thread that starts.
#include "store/model/result.hpp"
#include "store/model/secret.hpp"

#include <filesystem>

namespace doorward::audit {

std::filesystem::path key_file(const std::filesystem::path& keys);
// Where the chain has come to, beside the key.
std::filesystem::path position_file(const std::filesystem::path& keys);

// `invalid`: it is there, and is no such key or is open to others; `not_found`.
Result<Secret> read_key(const std::filesystem::path& keys);
// Makes one where there is none.
Result<Secret> read_or_make_key(const std::filesystem::path& keys);

}  // namespace doorward::audit
