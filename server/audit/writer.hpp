#pragma once
// The chain and where it is written: seals what is to be told, writes it, and mends what a crash or a full
// disk has left unfinished. Belongs to one thread: the one that starts, then the audit's.
#include "server/audit/line.hpp"
#include "server/audit/output.hpp"
#include "server/audit/position_file.hpp"
#include "store/model/result.hpp"
#include "store/model/secret.hpp"

#include <deque>
#include <filesystem>
#include <string>

namespace doorward::audit {

class Writer {
 public:
  // `keys`: the folder of the key and the position. `version`: of the program, for the first line. Nothing is
  // written yet: the line that opens the file waits as the first one.
  static Result<Writer> open(const std::filesystem::path& file, const std::filesystem::path& keys,
                             std::string version, Sync sync = ::fdatasync);

  void add(std::string members);
  std::size_t pending() const { return pending_.size(); }
  // Writes what waits. False: not all of it; the rest still waits.
  bool write();
  bool flush() { return output_.flush(); }
  // Where the file was moved away: goes on in a new one of the old name. The old one stays in use where that
  // fails.
  Result<> reopen();

  const std::string& instance() const { return instance_; }
  const Position& last() const { return last_; }
  int error() const { return output_.error(); }

 private:
  struct Item {
    std::string members;
    bool opens = false;
  };
  Writer(std::filesystem::path file, Secret key, Output output, PositionFile position, std::string version,
         Sync sync);
  void begin();
  void unfinished(std::string_view piece);

  std::filesystem::path file_;
  Secret key_;
  std::string instance_;
  std::string version_;
  Sync sync_;
  Output output_;
  PositionFile position_;
  Position last_;
  std::deque<Item> pending_;
  std::uint64_t torn_bytes_ = 0;  // of unfinished lines at the end of the output
  bool open_ended_ = false;       // the output does not end with a line end
};

}  // namespace doorward::audit
