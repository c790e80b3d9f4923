// Runs files through a fuzz target where libFuzzer is not linked in: ctest replays a target's corpus with it,
// and a finding is debugged with it. Arguments are files and directories. Each input lies in a buffer of just
// its size, so that AddressSanitizer sees a read behind its end.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

bool replay(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = static_cast<std::size_t>(std::filesystem::file_size(file, error));
  std::ifstream in(file, std::ios::binary);
  if (error || !in) {
    std::fprintf(stderr, "%s: cannot be read\n", file.c_str());
    return false;
  }
  auto bytes = std::make_unique<char[]>(size);
  in.read(bytes.get(), static_cast<std::streamsize>(size));
  std::fprintf(stderr, "%s (%zu bytes)\n", file.c_str(), size);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.get()), size);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      files.emplace_back(argv[i]);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    std::fprintf(stderr, "nothing to replay: name files or a directory with some\n");
    return 1;
  }
  const bool all = std::all_of(files.begin(), files.end(), replay);
  if (all) std::printf("%zu inputs\n", files.size());
  return all ? 0 : 1;
}
