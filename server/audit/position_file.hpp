#pragma once
// Where the chain had come to, kept beside the key: a file of the audit that was moved away, or whose tail
// was cut while no process ran, is found out at the next start. One small write at a fixed place after each
// batch, so that a process that is killed leaves it whole; it is not flushed, and after a loss of power the
// tail of the file tells more. Belongs to the writer.
#include "server/audit/line.hpp"
#include "store/model/result.hpp"

#include <filesystem>

namespace doorward::audit {

class PositionFile {
 public:
  static Result<PositionFile> open(const std::filesystem::path& path);
  PositionFile(PositionFile&& other) noexcept;
  PositionFile& operator=(PositionFile&&) = delete;
  ~PositionFile();

  // What was kept last; the beginning where that can not be read.
  Position read() const;
  bool keep(const Position& position);

 private:
  explicit PositionFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace doorward::audit
