// SCRAM's server side as a state machine: what it lets through, and how each deviation ends.
#include "mechanisms/scram.hpp"

#include "tests/mechanisms/exchange.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view client_nonce = "fyko+d2lbbFgONRv9qkxdawL";
constexpr std::string_view server_nonce = "3rfcNHYJY1ZVvWVs7j";
constexpr std::string_view first_bare = "n=user,r=fyko+d2lbbFgONRv9qkxdawL";
constexpr std::string_view both_nonces = "fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j";

// An exchange up to server-first, and the client-final that would answer it.
class Scram : public testing::TestWithParam<ScramHash> {
 protected:
  Scram() : mechanism_(GetParam(), std::string(server_nonce)) {}

  void restart() { mechanism_ = ScramMechanism(GetParam(), std::string(server_nonce)); }

  std::string begin(std::string_view gs2_header = "n,,", std::string_view bare = first_bare) {
    gs2_header_ = gs2_header;
    bare_ = bare;
    const Step need = mechanism_.step(std::string(gs2_header) + std::string(bare));
    if (!std::holds_alternative<NeedCredential>(need)) return in_words(need);
    const Step challenge = mechanism_.resume(credential_);
    server_first_ = std::get<Challenge>(challenge).data;
    return server_first_;
  }

  std::string client_final(std::string_view password = "pencil", std::string_view extensions = "") const {
    std::string message = "c=" + base64_encode(gs2_header_) + ",r=" + std::string(both_nonces);
    message += extensions;
    const std::string auth_message = bare_ + ',' + server_first_ + ',' + message;
    return message + ",p=" + client_proof(password, credential_, auth_message);
  }

  std::string step(std::string_view message) { return in_words(mechanism_.step(message)); }

  ScramMechanism mechanism_;
  ScramCredential credential_ = credential_of("pencil", GetParam(), "W22ZaJ0SNY7soEsUEjb6gQ==", 4096);
  std::string gs2_header_, bare_, server_first_;
};

using testing::StartsWith;

TEST_P(Scram, LetsInWhoKnowsThePassword) {
  EXPECT_EQ(begin(), "r=" + std::string(both_nonces) + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  EXPECT_THAT(step(client_final()), StartsWith("challenge \"v="));
  EXPECT_EQ(step(""), "success \"user\"");
}

TEST_P(Scram, RefusesWhoDoesNot) {
  begin();
  EXPECT_EQ(step(client_final("pencil!")), "failure auth wrong_password");
  EXPECT_EQ(step(client_final()), "failure auth too_many_steps");
}

TEST_P(Scram, AsksForTheFirstMessageWhereNoneCame) {
  EXPECT_EQ(step(""), "challenge \"\"");
  begin();
  EXPECT_THAT(step(client_final()), StartsWith("challenge \"v="));
  EXPECT_EQ(step(""), "success \"user\"");
}

TEST_P(Scram, AsksOnlyOnce) {
  EXPECT_EQ(step(""), "challenge \"\"");
  EXPECT_EQ(step(""), "failure auth malformed_message");
  EXPECT_EQ(step("n,,n=user,r=abc"), "failure auth too_many_steps");
}

TEST_P(Scram, AcceptsAClientThatSawNoChannelBindingOffered) {
  begin("y,,");
  EXPECT_THAT(step(client_final()), StartsWith("challenge \"v="));
}

TEST_P(Scram, AcceptsTheUsersOwnNameAsAuthzid) {
  begin("n,a=user,");
  EXPECT_THAT(step(client_final()), StartsWith("challenge \"v="));
  EXPECT_EQ(step(""), "success \"user\"");
}

TEST_P(Scram, RefusesAnotherAuthzid) {
  EXPECT_EQ(begin("n,a=admin,"), "failure auth foreign_authzid");
  EXPECT_EQ(step("n,,n=user,r=abc"), "failure auth too_many_steps");
}

TEST_P(Scram, IgnoresUnknownExtensionsAndAuthenticatesThem) {
  begin("n,,", std::string(first_bare) + ",x=hello");
  EXPECT_THAT(step(client_final("pencil", ",y=world")), StartsWith("challenge \"v="));
}

TEST_P(Scram, RefusesAnExtensionThatWasAddedOnTheWay) {
  begin();
  std::string message = client_final();
  message.insert(message.find(",p="), ",x=added");
  EXPECT_EQ(step(message), "failure auth wrong_password");
}

TEST_P(Scram, RefusesAMandatoryExtension) {
  EXPECT_EQ(begin("n,,", "m=ext,n=user,r=abc"), "failure auth unsupported_extension");
}

TEST_P(Scram, RefusesAGs2HeaderThatWasChangedOnTheWay) {
  begin("y,,");
  gs2_header_ = "n,,";
  EXPECT_EQ(step(client_final()), "failure auth channel_binding");
}

TEST_P(Scram, RefusesAChannelBindingInPlaceOfNone) {
  begin();
  gs2_header_ = "p=tls-unique,,0123456789ab";
  EXPECT_EQ(step(client_final()), "failure auth channel_binding");
}

TEST_P(Scram, RefusesDataBehindTheGs2Header) {
  begin();
  gs2_header_ = "n,,x";
  EXPECT_EQ(step(client_final()), "failure auth channel_binding");
}

TEST_P(Scram, RefusesAChannelBindingThatIsNoBase64) {
  begin();
  EXPECT_EQ(step("c=biw,r=" + std::string(both_nonces) + ",p=cHJv"), "failure auth malformed_message");
}

TEST_P(Scram, PreparesTheName) {
  // The ligature is `fi`, the ordinal an `a`: RFC 4013 section 3.
  EXPECT_EQ(in_words(mechanism_.step("n,,n=\xef\xac\x81\xc2\xaa,r=abc")),
            "needs credential \"fia\" " + std::string(scram_mechanism(GetParam())));
}

TEST_P(Scram, ComparesPreparedNames) {
  EXPECT_THAT(in_words(mechanism_.step("n,a=\xef\xac\x81,n=fi,r=abc")),
              StartsWith("needs credential \"fi\""));
}

TEST_P(Scram, TriesEachLiveKeyPair) {
  ScramKeys earlier = derive_keys(Secret("crayon"), credential_);
  earlier.not_after = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + 1h;
  credential_.keys.push_back(earlier);
  for (const std::string_view password : {"pencil", "crayon"}) {
    restart();
    begin();
    EXPECT_THAT(step(client_final(password)), StartsWith("challenge \"v=")) << password;
    EXPECT_EQ(step(""), "success \"user\"") << password;
  }
}

TEST_P(Scram, PassesOverAnExpiredKeyPair) {
  ScramKeys earlier = derive_keys(Secret("crayon"), credential_);
  earlier.not_after = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) - 1s;
  credential_.keys.push_back(earlier);
  begin();
  EXPECT_EQ(step(client_final("crayon")), "failure auth wrong_password");
}

TEST_P(Scram, RefusesEveryoneWithoutALiveKeyPair) {
  credential_.keys.clear();
  begin();
  EXPECT_EQ(step(client_final()), "failure auth wrong_password");
}

TEST_P(Scram, TakesOnlyAnEmptyAnswerToServerFinal) {
  begin();
  (void)step(client_final());
  EXPECT_EQ(step("v=ok"), "failure auth malformed_message");
  EXPECT_EQ(step(""), "failure auth too_many_steps");
}

TEST_P(Scram, EndsOnce) {
  begin();
  (void)step(client_final());
  EXPECT_EQ(step(""), "success \"user\"");
  EXPECT_EQ(step(""), "failure auth too_many_steps");
}

TEST_P(Scram, DoesNotTakeClientFirstTwice) {
  begin();
  EXPECT_EQ(step("n,," + std::string(first_bare)), "failure auth malformed_message");
}

TEST_P(Scram, DoesNotTakeAnEmptyProofMessage) {
  begin();
  EXPECT_EQ(step(""), "failure auth malformed_message");
}

TEST_P(Scram, BlamesACallerThatSkipsTheCredential) {
  (void)step("n,,n=user,r=abc");
  EXPECT_EQ(step(client_final()), "failure sys internal");
}

TEST_P(Scram, BlamesACallerThatBringsAnotherHash) {
  (void)step("n,,n=user,r=abc");
  credential_.hash = GetParam() == ScramHash::sha1 ? ScramHash::sha256 : ScramHash::sha1;
  EXPECT_EQ(in_words(mechanism_.resume(credential_)), "failure sys internal");
}

TEST_P(Scram, BlamesACallerThatWasNotAsked) {
  EXPECT_EQ(in_words(mechanism_.resume(credential_)), "failure sys internal");
  EXPECT_EQ(in_words(mechanism_.resume_verified(true)), "failure sys internal");
  EXPECT_EQ(step("n,,n=user,r=abc"), "failure auth too_many_steps");
}

TEST_P(Scram, RefusesOtherNonces) {
  const std::string nonces[] = {std::string(client_nonce), std::string(server_nonce),
                                std::string(both_nonces) + "x",
                                std::string(both_nonces.substr(0, both_nonces.size() - 1)),
                                std::string(server_nonce) + std::string(client_nonce)};
  for (const std::string& nonce : nonces) {
    restart();
    begin();
    EXPECT_EQ(step("c=biws,r=" + nonce + ",p=cHJv"), "failure auth nonce_mismatch") << nonce;
  }
}

TEST_P(Scram, RefusesProofsOfAnotherLength) {
  const std::size_t right = scram_digest_bytes(GetParam());
  for (const std::size_t size : {std::size_t{1}, right - 1, right + 1, std::size_t{64} + 1}) {
    restart();
    begin();
    const std::string proof = base64_encode(std::string(size, 'x'));
    EXPECT_EQ(step("c=biws,r=" + std::string(both_nonces) + ",p=" + proof), "failure auth malformed_message")
        << size;
  }
}

TEST_P(Scram, RefusesAProofThatIsOneBitOff) {
  begin();
  const std::string message = client_final();
  const std::size_t at = message.find(",p=") + 3;
  const std::string proof = base64_decode(message.substr(at)).value();
  for (std::size_t byte = 0; byte < proof.size(); ++byte) {
    std::string other = proof;
    other[byte] ^= 1;
    restart();
    begin();
    EXPECT_EQ(step(message.substr(0, at) + base64_encode(other)), "failure auth wrong_password") << byte;
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Scram, testing::ValuesIn(all_scram_hashes), [](const auto& info) {
  return "Sha" + std::string(scram_mechanism(info.param).substr(std::string_view("SCRAM-SHA-").size()));
});

TEST(ScramNonce, IsPrintableAndNew) {
  const std::string one = scram_nonce();
  EXPECT_EQ(one.size(), 24);
  EXPECT_EQ(one.find_first_of(", "), std::string::npos);
  EXPECT_NE(one, scram_nonce());
}

}  // namespace
}  // namespace doorward
