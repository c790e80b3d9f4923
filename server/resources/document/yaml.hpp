#pragma once
// Manifests in YAML 1.2 (core schema; JSON is a part of it), several documents in a file, read into JSON with
// the line of every field. Pure functions.
#include "server/resources/document/document.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace doorward::resources {

struct YamlBounds {
  std::size_t file_bytes = 16u << 20;
  // What a file may become when its aliases are written out: its texts, 64 bytes for each node, and the paths
  // by which the lines of fields are kept.
  std::size_t expanded_bytes = 128u << 20;
  std::size_t depth = 64;
  std::size_t faults = 100;  // reading stops there
  // Said of a document that is no mapping.
  std::string_view wanted = "a document must be a mapping with apiVersion, kind, metadata and spec";
};

// Every document of `text` that is not empty, and every fault with its line: what is not UTF-8, syntax,
// duplicate keys, what JSON cannot hold, what is out of bounds. Documents in front of a syntax fault are
// still read; those behind it are not. Never throws.
Reading read_yaml(std::string_view text, std::string_view file, const YamlBounds& bounds = {});

}  // namespace doorward::resources
