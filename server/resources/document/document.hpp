#pragma once
// One resource as somebody wrote it, and where: every fault can name the line that has to change. Values;
// owned by whoever reads manifests (a directory, later a request), on that thread.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::resources {

// A field's path in the notation of Kubernetes: `spec.authorization[0].addresses[2]`. A name that would be
// misread is put in brackets: `metadata.annotations[enmasse.io/realm-name]`.
std::string field(std::string_view parent, std::string_view name);
std::string element(std::string_view parent, std::size_t index);

// The line of each field of one document.
class LineTable {
 public:
  void set(std::string path, std::uint32_t line) { lines_.insert_or_assign(std::move(path), line); }
  // The line of the field, or of the nearest field around it that is there; 0 where none is.
  std::uint32_t line_of(std::string_view path) const;

 private:
  std::unordered_map<std::string, std::uint32_t> lines_;
};

struct Document {
  nlohmann::json value;
  std::string file;
  std::uint32_t line = 0;  // of its first field
  std::shared_ptr<const LineTable> lines;
  std::string base;  // the path of `value` in its file's document: not empty for what was in a List

  std::uint32_t line_of(std::string_view path) const;
};

// Something that keeps manifests from being applied.
struct Fault {
  std::string file;        // empty: not of a file
  std::uint32_t line = 0;  // 0: of the file as a whole
  std::string object;      // `MessagingUser team1/myspace.app`; empty: not of one object
  std::string field;       // empty: not of one field
  std::string message;     // what is wrong and what to do; never a secret
  bool operator==(const Fault&) const = default;

  // `FILE:LINE: KIND NS/NAME: FIELD: MESSAGE`, without the parts that are empty.
  std::string text() const;
};

// What reading manifests gave: what could be read, and everything that could not.
struct Reading {
  std::vector<Document> documents;
  std::vector<Fault> faults;
};

}  // namespace doorward::resources
