// A client's side of a SCRAM exchange, one message on each line, with the server's nonce known. Each message
// also goes through both parsers. A `p=?` stands for the proof that fits, which no search would find: nobody
// else gets in.
#include "mechanisms/digest.hpp"
#include "mechanisms/scram.hpp"
#include "mechanisms/scram_message.hpp"
#include "store/model/base64.hpp"
#include "store/model/names.hpp"
#include "tests/fuzz/exchange_input.hpp"

namespace {

using namespace doorward;
using fuzz::must;

constexpr std::string_view server_nonce = "server";
const std::string client_key(32, 'k');

ScramCredential credential() {
  return {.hash = ScramHash::sha256,
          .salt = std::string(16, 's'),
          .iterations = ScramCredential::min_iterations,
          .keys = {{.stored_key = std::string(digest(ScramHash::sha256, client_key).view()),
                    .server_key = std::string(32, 'v'),
                    .not_after = std::nullopt}}};
}

void parse(std::string_view message) {
  if (const auto first = parse_client_first(message)) {
    must(first->gs2_header.data() == message.data() &&
             first->gs2_header.size() + first->bare.size() == message.size(),
         "client-first is not its gs2 header and the rest");
    must(!first->username.empty() && first->username.size() <= max_scram_name_bytes,
         "username out of bounds");
    must(first->authzid.size() <= max_scram_name_bytes, "authzid out of bounds");
    must(is_utf8(first->username) && is_utf8(first->authzid), "a name is not UTF-8");
    must(!first->nonce.empty() && first->nonce.size() <= max_scram_nonce_bytes, "nonce out of bounds");
    must(first->bare.starts_with("n="), "client-first-bare begins with something else");
  }
  if (const auto final = parse_client_final(message)) {
    must(message.substr(final->without_proof.size()) == ",p=" + base64_encode(final->proof.reveal()),
         "client-final is not its parts");
    must(final->without_proof.starts_with("c=" + std::string(final->channel_binding) + ",r="),
         "parts out of order");
  }
}

// The server's side, as far as the target must know it to prove.
class Exchange {
 public:
  Step answer(std::string message) {
    if (message.ends_with(",p=?") && !server_first_.empty()) {
      const std::string without_proof = message.substr(0, message.size() - 4);
      const std::string auth_message = first_bare_ + ',' + server_first_ + ',' + without_proof;
      Digest proof = hmac(ScramHash::sha256, credential_.keys[0].stored_key, auth_message);
      proof ^= client_key;
      message = without_proof + ",p=" + base64_encode(proof.view());
      proved_ = true;
    }
    if (server_first_.empty()) remember_bare(message);
    Step step = scram_.step(message);
    if (const auto* need = std::get_if<NeedCredential>(&step)) {
      must(need->hash == ScramHash::sha256 && !need->username.empty(), "asks for something odd");
      username_ = need->username;
      step = scram_.resume(credential_);
      must(std::holds_alternative<Challenge>(step), "no server-first");
      server_first_ = std::get<Challenge>(step).data;
    }
    if (const auto* success = std::get_if<Success>(&step)) {
      must(proved_, "let in without a proof");
      must(success->username == username_, "let in as somebody else");
    }
    return step;
  }

 private:
  void remember_bare(const std::string& message) {
    if (const auto first = parse_client_first(message)) first_bare_ = first->bare;
  }

  const ScramCredential credential_ = credential();
  ScramMechanism scram_{ScramHash::sha256, std::string(server_nonce)};
  std::string first_bare_, server_first_, username_;
  bool proved_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Exchange exchange;
  bool over = false;
  int challenges = 0;
  for (const std::string& message : fuzz::lines(data, size)) {
    parse(message);
    const Step step = exchange.answer(message);
    const auto* failure = std::get_if<Failure>(&step);
    if (over) must(failure && failure->reason == LoginReason::too_many_steps, "goes on after its end");
    if (failure) must(failure->code == SaslCode::auth, "a client's fault became the server's");
    over = over || !std::holds_alternative<Challenge>(step);
    if (!over) must(++challenges <= 3, "too many challenges");
  }
  return 0;
}
