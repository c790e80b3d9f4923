#pragma once
// Work that waits for somebody else, several pieces at a time, with answers in the order of the pieces.
#include "store/model/result.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <future>
#include <span>
#include <type_traits>
#include <utility>

namespace doorward::sync {

// `work(item)` for each, `at_once` of them at a time and each on a thread of its own; `take(item, answer)` on
// the caller's, in order. An error of `take` ends it, once what is under way has ended, and is answered.
template <class Item, class Work, class Take>
Result<> each_in_order(std::span<Item> items, std::size_t at_once, Work work, Take take) {
  using Answer = std::invoke_result_t<Work, Item&>;
  std::deque<std::future<Answer>> under_way;
  std::size_t taken = 0;
  const auto take_one = [&]() -> Result<> {
    Answer answer = under_way.front().get();
    under_way.pop_front();
    return take(items[taken++], std::move(answer));
  };
  for (Item& item : items) {
    if (under_way.size() == std::max<std::size_t>(at_once, 1)) {
      if (auto done = take_one(); !done) return done;
    }
    under_way.push_back(std::async([&work, &item] { return work(item); }));
  }
  while (!under_way.empty()) {
    if (auto done = take_one(); !done) return done;
  }
  return {};
}

}  // namespace doorward::sync
