// A client of a `none` service: the first line names the mechanism, each further line is a message.
#include "mechanisms/permissive.hpp"
#include "store/model/names.hpp"
#include "tests/fuzz/exchange_input.hpp"

namespace {

using namespace doorward;
using fuzz::must;

void must_be_fit(std::string_view name) {
  must(!name.empty() && name.size() <= 256 && is_utf8(name), "a name that is not fit");
  for (const unsigned char c : name) must(c >= 0x20 && c != 0x7f, "a control character in a name");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::string> input = fuzz::lines(data, size);
  const auto mechanism = make_permissive_mechanism(input.front(), true);
  if (!mechanism) return 0;
  bool over = false;
  int challenges = 0;
  for (std::size_t i = 1; i < input.size(); ++i) {
    const Step step = mechanism->step(input[i]);
    const auto* failure = std::get_if<Failure>(&step);
    if (over) must(failure && failure->reason == LoginReason::too_many_steps, "goes on after its end");
    if (const auto* success = std::get_if<Success>(&step)) must_be_fit(success->username);
    over = over || !std::holds_alternative<Challenge>(step);
    if (!over) must(++challenges <= 2, "too many challenges");
  }
  return 0;
}
