#pragma once
// Where the lines go: a file that is only appended to, or standard output. Belongs to the writer thread.
#include "server/audit/line.hpp"
#include "store/model/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unistd.h>

namespace doorward::audit {

// How a file that is there ends.
struct Tail {
  Position last;                 // of its last whole line; the beginning where there is none
  std::uint64_t torn_bytes = 0;  // of an unfinished line behind it
  bool open_ended = false;       // a line end is due before the next line
};

// Brings what was written to the disk: fdatasync(2), or what a test has in its place.
using Sync = int (*)(int descriptor);

class Output {
 public:
  // `-` is standard output. `instance`: whose lines tail() counts. A new file has mode 0600. `invalid`: it
  // cannot be opened, or holds something else than an audit.
  static Result<Output> open(const std::filesystem::path& path, std::string_view instance,
                             Sync sync = ::fdatasync);
  Output(Output&& other) noexcept;
  Output& operator=(Output&& other) noexcept;
  ~Output();

  const Tail& tail() const { return tail_; }
  // Writes as much as goes without waiting longer than a second for a reader; answers how many bytes went.
  std::size_t append(std::string_view text);
  // Takes back the last bytes of what was written. Not where the output is no file.
  bool take_back(std::size_t bytes);
  // What was written is on the disk. True where the output has none.
  bool flush();
  // Whether the name stands for another file by now, or for none.
  bool moved() const;
  // Of the last call that failed, `errno`.
  int error() const { return error_; }

 private:
  Output(int descriptor, std::filesystem::path path, Sync sync)
      : descriptor_(descriptor), path_(std::move(path)), sync_(sync) {}
  Result<> look_at(std::string_view instance);

  int descriptor_;
  std::filesystem::path path_;
  Sync sync_;
  bool regular_ = false;
  Tail tail_;
  int error_ = 0;
};

}  // namespace doorward::audit
