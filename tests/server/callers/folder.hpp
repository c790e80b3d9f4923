#pragma once
// A data directory for one test.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/stat.h>

namespace doorward {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "doorward-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string text(const char* name) const {
    std::ifstream stream(path / name, std::ios::binary);
    std::stringstream all;
    all << stream.rdbuf();
    return all.str();
  }
  void write(const char* name, const std::string& text) const { std::ofstream(path / name) << text; }
  // As chmod writes it; 0 where the file is not there.
  unsigned mode(const char* name) const {
    struct stat status{};
    return ::stat((path / name).c_str(), &status) == 0 ? status.st_mode & 0777u : 0u;
  }

  std::filesystem::path path;
};

}  // namespace doorward
