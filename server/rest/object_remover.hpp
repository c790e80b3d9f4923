#pragma once
// The deletion of one object or of all that match, with what depends on them. Any thread.
#include "server/rest/write_attempts.hpp"
#include "server/rest/write_options.hpp"

#include <string>
#include <utility>
#include <vector>

namespace doorward::rest {

class ObjectRemover {
 public:
  explicit ObjectRemover(WriteAttempts attempts) : attempts_(std::move(attempts)) {}

  // Answers the last of it.
  Reply<Written> remove(const Call& call, const DeleteOptions& options) const;
  // In one commit; answers its warnings.
  Reply<std::vector<std::string>> remove_all(const Call& call, const DeleteOptions& options) const;

 private:
  template <class T>
  using Attempted = WriteAttempts::Attempted<T>;
  using Turn = WriteAttempts::Turn;

  Attempted<Written> remove_once(const Call& call, const DeleteOptions& options, Turn& turn) const;
  Attempted<std::vector<std::string>> remove_all_once(const Call& call, const DeleteOptions& options,
                                                      Turn& turn) const;

  WriteAttempts attempts_;
};

}  // namespace doorward::rest
