// A client of OAUTHBEARER and XOAUTH2: the first line names the mechanism and whether the review is content
// (`OAUTHBEARER yes`), each further line is a message. A line's end stands for the separator %x01, which
// would be hard to read; so a message ends where an empty line comes.
#include "mechanisms/bearer.hpp"
#include "mechanisms/bearer_message.hpp"
#include "store/model/names.hpp"
#include "tests/fuzz/exchange_input.hpp"

namespace {

using namespace doorward;
using fuzz::must;

// The lines of a message, each with a separator behind it, and one more at the end, as both mechanisms want.
std::vector<std::string> messages(const std::vector<std::string>& lines) {
  std::vector<std::string> out;
  std::string message;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) {
      out.push_back(std::exchange(message, {}) + '\1');
    } else {
      message += lines[i] + '\1';
    }
  }
  out.push_back(message);
  for (std::string& each : out) each.shrink_to_fit();
  return out;
}

void must_be_read_well(const std::expected<BearerMessage, LoginReason>& read, std::string_view message) {
  if (!read) return;
  must(!fault_of_token(read->token), "a token that is none");
  must(message.find(read->token) != std::string_view::npos, "a token that was not sent");
  must(read->username.size() <= 256 && is_utf8(read->username), "a name that is not fit");
  must(!read->username.contains('\0'), "a NUL in a name");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::string> input = fuzz::lines(data, size);
  const std::string name = input.front().substr(0, input.front().find(' '));
  const bool content = input.front().ends_with(" yes");
  const auto mechanism = make_bearer_mechanism(name);
  if (!mechanism) return 0;
  bool over = false, reviewed = false;
  for (const std::string& message : messages(input)) {
    const auto read = name == "XOAUTH2" ? parse_xoauth2(message) : parse_oauthbearer(message);
    must_be_read_well(read, message);
    Step step = mechanism->step(message);
    if (const auto* need = std::get_if<NeedTokenReview>(&step)) {
      must(!std::exchange(reviewed, true), "a second review");
      must(read && need->token.reveal() == read->token, "asks about another token");
      step = mechanism->resume_reviewed(
          content ? Reviewed("ann") : std::unexpected(Failure{SaslCode::auth, LoginReason::token_rejected}));
      must(std::holds_alternative<Success>(step) == content, "not as the review says");
    } else {
      must(!std::holds_alternative<Success>(step), "let in without a review");
    }
    if (over) must(std::holds_alternative<Failure>(step), "goes on after its end");
    over = over || !std::holds_alternative<Challenge>(step);
  }
  return 0;
}
