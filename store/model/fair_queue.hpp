#pragma once
// What waits, by the tenant that it is for: taken out in turns, one of each tenant that has any, and in the
// order of arrival within a tenant. Whoever brings a thousand waits for a thousand turns, and nobody else
// does.
//
// A value, and one of the house's words: the workers, the reviews of tokens and the bridges share by it, and
// none of them knows the others. Its owner guards it.
#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace doorward {

template <class Item>
class FairQueue {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Those that have anything waiting: for tests, since nothing may be kept of others.
  std::size_t tenants() const { return lines_.size(); }

  void push(std::string_view tenant, Item item) {
    line_of(tenant).push_back(std::move(item));
    ++size_;
  }
  // Before all that wait in the tenant's line; the tenant's turn comes no sooner.
  void push_first(std::string_view tenant, Item item) {
    line_of(tenant).push_front(std::move(item));
    ++size_;
  }

  // REQUIRES: !empty()
  Item pop() { return pop_of(turns_.begin()).second; }
  // The same among the tenants that `may(tenant)` says yes to; the others keep their places in the round.
  // Nothing where there is none.
  template <class May>
  std::optional<std::pair<std::string, Item>> pop_where(May may) {
    const auto turn = next_where(may);
    if (turn == turns_.end()) return std::nullopt;
    return pop_of(turn);
  }
  // Whether pop_where() would find one.
  template <class May>
  bool has_where(May may) const {
    return next_where(may) != turns_.end();
  }

  // Takes the first of the tenant's that `is_it` says yes to out of its line; no-op where there is none.
  // Quick for what came early, since it looks in the order of arrival.
  template <class IsIt>
  bool erase_first(std::string_view tenant, IsIt is_it) {
    const auto line = lines_.find(tenant);
    if (line == lines_.end()) return false;
    const auto item = std::ranges::find_if(line->second, is_it);
    if (item == line->second.end()) return false;
    line->second.erase(item);
    --size_;
    if (line->second.empty()) {
      turns_.remove(&*line);
      lines_.erase(line);
    }
    return true;
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Lines = std::unordered_map<std::string, std::deque<Item>, Hash, std::equal_to<>>;
  using Line = typename Lines::value_type;  // keeps its place in memory until it is erased

  template <class May>
  auto next_where(May may) const {
    return std::ranges::find_if(turns_, [&](const Line* line) { return may(std::string_view(line->first)); });
  }
  std::pair<std::string, Item> pop_of(typename std::list<Line*>::const_iterator turn) {
    Line& line = **turn;
    std::pair<std::string, Item> popped(line.first, std::move(line.second.front()));
    line.second.pop_front();
    --size_;
    if (line.second.empty()) {
      turns_.erase(turn);
      lines_.erase(lines_.find(popped.first));
    } else {
      turns_.splice(turns_.end(), turns_, turn);
    }
    return popped;
  }
  // A new one where the tenant has none: the caller puts something into it.
  std::deque<Item>& line_of(std::string_view tenant) {
    auto line = lines_.find(tenant);
    if (line == lines_.end()) {
      line = lines_.try_emplace(std::string(tenant)).first;
      turns_.push_back(&*line);
    }
    return line->second;
  }

  Lines lines_;             // none of them empty
  std::list<Line*> turns_;  // each line once, the next one first
  std::size_t size_ = 0;
};

}  // namespace doorward
