#pragma once
// Qpid Proton's decoder as the judge of our reader: whatever we accept it must read as the same values.
// Proton recurses and keeps memory for counts that nobody checked, so it is shown only what our reader has
// accepted.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <proton/codec.h>

namespace doorward::oracle {

// Ends the process, which is how a fuzz target reports a finding.
[[noreturn]] void disagree(const std::string& what);
inline void must(bool holds, const std::string& what) {
  if (!holds) disagree(what);
}

// Compares the whole tree of values that `body` holds, which our reader has accepted.
void must_read_the_same(std::string_view body);

// The fields of a performative, or of another described list, as Proton reads them.
class Fields {
 public:
  explicit Fields(std::string_view body);
  ~Fields() { pn_data_free(data_); }
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  // The field at `index` if it is of that type; nothing where it is null or behind the last.
  std::optional<std::string> bytes(std::size_t index, pn_type_t type);
  std::optional<unsigned long long> number(std::size_t index, pn_type_t type);
  // A symbol, or an array of symbols.
  std::vector<std::string> symbols(std::size_t index);

 private:
  bool at(std::size_t index);

  pn_data_t* data_;
};

}  // namespace doorward::oracle
