#pragma once
// What the bodies of all requests under way may take together, counted as they come: the bound of one body
// times the number of connections would be most of a small machine. No caller has more than a part of it, so
// that nobody keeps all others from writing by bodies that he never ends.
//
// Any thread may call anything.
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace doorward::http {

class BodyBudget {
 public:
  // In bytes: of all bodies, and of those of one caller.
  BodyBudget(std::size_t all, std::size_t each_caller) : all_(all), each_caller_(each_caller) {}

  // What one body has taken; given back at its end. The budget outlives it.
  class Share {
   public:
    Share(BodyBudget& budget, std::string_view caller) : budget_(budget), caller_(caller) {}
    ~Share() { budget_.give_back(caller_, bytes_); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // False where a bound would be crossed: nothing more was taken then.
    bool grow(std::size_t bytes);

   private:
    BodyBudget& budget_;
    const std::string caller_;
    std::size_t bytes_ = 0;
  };

  std::size_t taken() const;

 private:
  bool take(const std::string& caller, std::size_t bytes);
  void give_back(const std::string& caller, std::size_t bytes);

  const std::size_t all_, each_caller_;
  mutable std::mutex mutex_;
  std::size_t taken_ = 0;
  std::size_t passed_ = 0;                         // bytes since memory was last given back to the system
  std::map<std::string, std::size_t> of_callers_;  // nobody who has taken nothing
};

}  // namespace doorward::http
