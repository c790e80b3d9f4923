#pragma once
// What is wrong with the fields of an object, in the words of the Kubernetes API conventions. A bounded list:
// one body can hold a million faults, and nobody reads more than some of them.
#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace doorward::resources {

struct FieldError {
  enum class Type { required, invalid, not_supported, duplicate, type_invalid, unknown, too_long, forbidden };
  Type type;
  std::string field;    // `spec.authorization[0].addresses[2]`
  std::string message;  // what is wrong and what to do; never a secret value
  bool operator==(const FieldError&) const = default;
};

class FieldErrors {
 public:
  static constexpr std::size_t most = 64;  // that are kept; the rest is counted

  using value_type = FieldError;
  using iterator = std::vector<FieldError>::iterator;
  using const_iterator = std::vector<FieldError>::const_iterator;

  FieldErrors() = default;
  FieldErrors(std::initializer_list<FieldError> errors) {
    for (const FieldError& error : errors) push_back(error);
  }

  void push_back(FieldError error) {
    if (kept_.size() < most) {
      kept_.push_back(std::move(error));
    } else {
      ++more_;
    }
  }
  void append(FieldErrors others) {
    for (FieldError& error : others) push_back(std::move(error));
    more_ += others.more_;
  }

  std::size_t more() const { return more_; }  // than the ones that are kept
  std::size_t size() const { return kept_.size(); }
  bool empty() const { return kept_.empty(); }
  const FieldError& operator[](std::size_t i) const { return kept_[i]; }
  const FieldError& front() const { return kept_.front(); }
  iterator begin() { return kept_.begin(); }
  iterator end() { return kept_.end(); }
  const_iterator begin() const { return kept_.begin(); }
  const_iterator end() const { return kept_.end(); }
  bool operator==(const FieldErrors&) const = default;

 private:
  std::vector<FieldError> kept_;
  std::size_t more_ = 0;
};

}  // namespace doorward::resources
