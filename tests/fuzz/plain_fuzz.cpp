// A PLAIN message, through the parser, SASLprep and the mechanism.
#include "mechanisms/plain.hpp"
#include "mechanisms/saslprep.hpp"
#include "store/model/names.hpp"
#include "store/model/service_account.hpp"
#include "tests/fuzz/exchange_input.hpp"

namespace {

using namespace doorward;
using fuzz::must;

void prepare(std::string_view text) {
  const std::string prepared = saslprep(text);
  must(prepared.empty() == text.empty(), "SASLprep left nothing");
  must(prepared == text || is_utf8(prepared), "SASLprep made bad UTF-8");
  must(prepared.size() <= 11 * text.size(), "SASLprep made more than the text that grows most");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  prepare(message);

  const auto plain = parse_plain(message);
  if (plain) {
    std::string again(plain->authzid);
    again.append(1, '\0').append(plain->authcid).append(1, '\0').append(plain->password);
    must(again == message, "the message is not its parts");
    must(!plain->authcid.empty() && plain->authcid.size() <= max_plain_name_bytes, "authcid out of bounds");
    must(plain->authzid.size() <= max_plain_name_bytes, "authzid out of bounds");
    must(is_utf8(plain->authcid) && is_utf8(plain->authzid), "a name is not UTF-8");
    must(!plain->password.empty() && !plain->password.contains('\0'), "not a password");
    prepare(plain->password);
  }

  PlainMechanism mechanism;
  const Step step = mechanism.step(message);
  if (message.empty()) {
    must(std::holds_alternative<Challenge>(step), "nothing is not asked about");
  } else if (const auto* need = std::get_if<NeedVerification>(&step)) {
    must(plain && need->password.reveal() == plain->password, "asks about another password");
    const Step outcome = mechanism.resume_verified(true);
    must(std::holds_alternative<Success>(outcome) && std::get<Success>(outcome).username == need->username,
         "let in as somebody else");
  } else if (const auto* review = std::get_if<NeedTokenReview>(&step)) {
    must(plain && review->token.reveal() == plain->password, "asks about another token");
    must(saslprep(plain->authcid) == any_service_account, "a password goes to another server");
    must(std::holds_alternative<Success>(mechanism.resume_reviewed("ann")), "not as the review says");
  } else {
    must(std::holds_alternative<Failure>(step), "neither asked nor refused");
  }
  return 0;
}
