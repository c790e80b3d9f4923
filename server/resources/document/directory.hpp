#pragma once
// A folder of manifests, read as `kubectl apply -f DIR` does: the files of the folder itself whose names end
// in .yaml, .yml or .json, by name. Hidden files are passed over, and with them the `..data` machinery of a
// volume that Kubernetes mounts; links to files are followed.
#include "server/resources/document/yaml.hpp"
#include "store/model/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace doorward::resources {

struct DirectoryBounds {
  std::size_t files = 10'000;
  std::size_t bytes = 512u << 20;  // of all files together
  YamlBounds yaml = {};
};

// What poll() of the folder compares: names, and of what they lead to device, inode, size and times. Any edit
// changes it, and so does the swap of a `..data` link. An error where the folder cannot be read.
Result<std::string> directory_fingerprint(const std::filesystem::path& directory,
                                          const DirectoryBounds& bounds = {});

struct DirectoryReading {
  Reading reading;
  // As it was before the first file was opened: an edit during the reading shows at the next comparison.
  // Empty where the folder could not be read.
  std::string fingerprint;
  // It holds no manifest at all, as a volume that is not mounted does. A file without a document is one.
  bool empty = false;
  // Folders in it, which are not read.
  std::size_t folders = 0;
};

// What a person is told of them.
std::string unread_folders(const std::filesystem::path& directory, std::size_t folders);

DirectoryReading read_directory(const std::filesystem::path& directory, const DirectoryBounds& bounds = {});

// A folder, or whatever else the path leads to as one file, whatever its name ends in.
DirectoryReading read_path(const std::filesystem::path& path, const DirectoryBounds& bounds = {});

}  // namespace doorward::resources
