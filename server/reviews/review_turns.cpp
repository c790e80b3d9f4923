#include "server/reviews/review_turns.hpp"

#include <algorithm>
#include <utility>

namespace doorward {
namespace {

// No realm has such a name: theirs are in lower case.
const std::string callers = "REST API ";
const std::string unknown_realms = "UNKNOWN REALMS";

std::string name_of(const ReviewLine& line) {
  return line.kind == ReviewLine::Kind::callers ? callers + line.name : line.name;
}

}  // namespace

bool ReviewTurns::wait(Id id, const ReviewLine& line) {
  if (line.kind == ReviewLine::Kind::unknown_realms) {
    if (strangers_.size() >= bounds_.unknown_realms) return false;
    strangers_.push_back(id);
    if (!stranger_) call_next_stranger();
    return true;
  }
  if (lines_of_.size() >= bounds_.waiting) return false;
  std::string name = name_of(line);
  turns_.push(name, id);
  lines_of_.try_emplace(id).first->second.push_back(std::move(name));
  return true;
}

bool ReviewTurns::join(Id id, const ReviewLine& line) {
  if (line.kind == ReviewLine::Kind::unknown_realms) return false;
  if (std::erase(strangers_, id) > 0) {
    lines_of_.try_emplace(id);
  } else if (stranger_ == id && turns_.erase_first(unknown_realms, [](Id) { return true; })) {
    lines_of_.try_emplace(id);
    call_next_stranger();
  }
  const auto waits = lines_of_.find(id);
  if (waits == lines_of_.end()) return false;
  std::string name = name_of(line);
  if (std::ranges::find(waits->second, name) != waits->second.end()) return false;
  turns_.push(name, id);
  waits->second.push_back(std::move(name));
  return true;
}

std::optional<ReviewTurns::Id> ReviewTurns::next() {
  if (none()) return std::nullopt;
  auto turn = turns_.pop_where([this](std::string_view line) { return under_way_.may_take(line); });
  const Id id = turn->second;
  under_way_.take(turn->first);
  began_in_.emplace(id, std::move(turn->first));
  const auto waited = lines_of_.extract(id);
  // The line that it was the first of has it no more, others may.
  if (!waited.empty() && waited.mapped().size() > 1) {
    for (const std::string& line : waited.mapped()) leave(line, id);
  }
  return id;
}

bool ReviewTurns::none() const {
  return under_way_.free() == 0 ||
         !turns_.has_where([this](std::string_view line) { return under_way_.may_take(line); });
}

void ReviewTurns::ended(Id id) {
  if (const auto began = began_in_.extract(id); !began.empty()) under_way_.give_back(began.mapped());
  if (stranger_ == id) {
    leave(unknown_realms, id);
    return call_next_stranger();
  }
  if (std::erase(strangers_, id) > 0) return;
  const auto waited = lines_of_.extract(id);
  if (waited.empty()) return;
  for (const std::string& line : waited.mapped()) leave(line, id);
}

void ReviewTurns::leave(const std::string& line, Id id) {
  turns_.erase_first(line, [id](Id each) { return each == id; });
}

void ReviewTurns::call_next_stranger() {
  stranger_.reset();
  if (strangers_.empty()) return;
  stranger_ = strangers_.front();
  strangers_.pop_front();
  turns_.push(unknown_realms, *stranger_);
}

}  // namespace doorward
