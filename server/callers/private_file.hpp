#pragma once
// Files of the data directory that are replaced as a whole: a reader sees the old one or the new one, and a
// crash leaves one of the two.
#include "store/model/result.hpp"
#include "store/model/secret.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>
#include <sys/types.h>

namespace doorward {

// `mode` as for chmod. Where root writes, the owner of the folder gets the file. An error says what to do
// about it.
Result<> replace_file(const std::filesystem::path& file, std::string_view content, mode_t mode);

// The whole file; nothing where there is none. An error where it cannot be read or is larger than `most`.
Result<std::optional<Secret>> read_file(const std::filesystem::path& file, std::size_t most);

// Makes the folder with mode 0700 where it is not there.
Result<> make_private_directory(const std::filesystem::path& directory);

}  // namespace doorward
