// Cyrus SASL and GNU SASL judge our server as clients, and our credentials as servers. All in this process.
#include "mechanisms/catalogue.hpp"
#include "mechanisms/decoy.hpp"
#include "tests/mechanisms/exchange.hpp"
#include "tests/mechanisms/judges/peer.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace doorward::judges {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t few = ScramCredential::min_iterations;

using MakeClient = std::unique_ptr<Peer> (*)(std::string_view mechanism, const Account& account);

struct Pairing {
  const char* name;
  const char* mechanism;
  MakeClient client;
};

std::string name_of(const testing::TestParamInfo<Pairing>& info) { return info.param.name; }

std::string in_words(Peer::State state) {
  switch (state) {
    case Peer::State::talking:
      return "client waits";
    case Peer::State::satisfied:
      return "client satisfied";
    case Peer::State::refused:
      break;
  }
  return "client refuses";
}

// As AMQP carries it: mechanism and initial response, challenges and responses, outcome.
std::string converse(ServiceType service, const Pairing& pairing, const Account& account,
                     std::span<const ScramCredential> credentials) {
  const auto client = pairing.client(pairing.mechanism, account);
  const auto server = make_mechanism(service, pairing.mechanism, true);
  std::string message = client->step("");
  Step step;
  for (int round = 0; round < 5; ++round) {
    step = answered(*server, server->step(message), credentials);
    const auto* challenge = std::get_if<Challenge>(&step);
    if (!challenge) break;
    message = client->step(challenge->data);
    if (client->state() == Peer::State::refused) break;
  }
  return doorward::in_words(step) + ", " + in_words(client->state());
}

std::vector<ScramCredential> credentials_of(std::string_view password) {
  return derive_credentials(Secret(password), few, all_scram_hashes);
}

class StandardServiceClient : public testing::TestWithParam<Pairing> {
 protected:
  std::string talk(const Account& account, std::span<const ScramCredential> credentials) {
    return converse(ServiceType::standard, GetParam(), account, credentials);
  }
};

class ScramClient : public StandardServiceClient {};

TEST_P(ScramClient, IsLetInAndSatisfied) {
  EXPECT_EQ(talk({"user", "pencil"}, credentials_of("pencil")), "success \"user\", client satisfied");
}

TEST_P(ScramClient, IsLetInWithAnAwkwardName) {
  EXPECT_EQ(talk({"a,b=c", "pencil"}, credentials_of("pencil")), "success \"a,b=c\", client satisfied");
}

TEST_P(ScramClient, IsLetInWithItsOwnAuthzid) {
  EXPECT_EQ(talk({"user", "pencil", "user"}, credentials_of("pencil")), "success \"user\", client satisfied");
}

TEST_P(ScramClient, IsLetInWithANonAsciiPassword) {
  EXPECT_EQ(talk({"user", "\xc3\xa9\xd0\xb6"}, credentials_of("\xc3\xa9\xd0\xb6")),
            "success \"user\", client satisfied");
}

TEST_P(ScramClient, IsRefusedWithAnotherPassword) {
  EXPECT_EQ(talk({"user", "pencil"}, credentials_of("crayon")), "failure auth wrong_password, client waits");
}

TEST_P(ScramClient, IsRefusedWithAForeignAuthzid) {
  EXPECT_EQ(talk({"user", "pencil", "admin"}, credentials_of("pencil")),
            "failure auth foreign_authzid, client waits");
}

TEST_P(ScramClient, IsLetInWithEitherPasswordDuringARotation) {
  std::vector<ScramCredential> credentials = credentials_of("new password");
  for (ScramCredential& credential : credentials) {
    credential.keys.push_back(derive_keys(Secret("old password"), credential));
    credential.keys.back().not_after =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + 1h;
  }
  EXPECT_EQ(talk({"user", "new password"}, credentials), "success \"user\", client satisfied");
  EXPECT_EQ(talk({"user", "old password"}, credentials), "success \"user\", client satisfied");
}

TEST_P(ScramClient, GetsNowhereWithADecoyAndSeesAWrongPassword) {
  std::vector<ScramCredential> decoys;
  for (const ScramHash hash : all_scram_hashes)
    decoys.push_back(Decoys(Secret("key")).credential("realm", "user", hash, {}));
  EXPECT_EQ(talk({"user", "pencil"}, decoys), "failure auth wrong_password, client waits");
}

// Shows that a satisfied client means something.
TEST_P(ScramClient, IsNotSatisfiedByAServerThatLacksTheServerKey) {
  std::vector<ScramCredential> credentials = credentials_of("pencil");
  for (ScramCredential& credential : credentials) credential.keys[0].server_key[0] ^= 1;
  EXPECT_TRUE(talk({"user", "pencil"}, credentials).ends_with("client refuses"));
}

INSTANTIATE_TEST_SUITE_P(Judged, ScramClient,
                         testing::Values(Pairing{"CyrusSha1", "SCRAM-SHA-1", cyrus_client},
                                         Pairing{"CyrusSha256", "SCRAM-SHA-256", cyrus_client},
                                         Pairing{"CyrusSha512", "SCRAM-SHA-512", cyrus_client},
                                         Pairing{"CyrusThatCouldBind", "SCRAM-SHA-256", cyrus_client_with_y},
                                         Pairing{"GsaslSha1", "SCRAM-SHA-1", gsasl_client},
                                         Pairing{"GsaslSha256", "SCRAM-SHA-256", gsasl_client}),
                         name_of);

TEST(Judges, CoverEveryWayToBeginWithoutChannelBinding) {
  EXPECT_TRUE(cyrus_client("SCRAM-SHA-256", {"user", "pencil"})->step("").starts_with("n,,"));
  EXPECT_TRUE(cyrus_client("SCRAM-SHA-256", {"user", "pencil", "user"})->step("").starts_with("n,a=user,"));
  EXPECT_TRUE(cyrus_client_with_y("SCRAM-SHA-256", {"user", "pencil"})->step("").starts_with("y,,"));
}

// GNU SASL prepares what it is given, Cyrus does not.
TEST(Judges, PreparePasswordsAsWeDo) {
  const Pairing gsasl{"", "SCRAM-SHA-256", gsasl_client};
  for (const char* typed : {"\xc3\xa9", "e\xcc\x81"}) {
    EXPECT_EQ(converse(ServiceType::standard, gsasl, {"user", typed}, credentials_of("e\xcc\x81")),
              "success \"user\", client satisfied");
  }
}

class PlainClient : public StandardServiceClient {};

TEST_P(PlainClient, IsLetIn) {
  EXPECT_EQ(talk({"user", "pencil"}, credentials_of("pencil")), "success \"user\", client satisfied");
  EXPECT_EQ(talk({"user", "pencil", "user"}, credentials_of("pencil")), "success \"user\", client satisfied");
}

TEST_P(PlainClient, IsRefused) {
  EXPECT_TRUE(talk({"user", "pencil"}, credentials_of("crayon")).starts_with("failure auth wrong_password"));
  EXPECT_TRUE(talk({"user", "pencil", "admin"}, credentials_of("pencil"))
                  .starts_with("failure auth foreign_authzid"));
}

TEST_P(PlainClient, IsLetIntoANoneServiceByItsName) {
  EXPECT_EQ(converse(ServiceType::none, GetParam(), {"user", "whatever"}, {}),
            "success \"user\", client satisfied");
}

INSTANTIATE_TEST_SUITE_P(Judged, PlainClient,
                         testing::Values(Pairing{"Cyrus", "PLAIN", cyrus_client},
                                         Pairing{"Gsasl", "PLAIN", gsasl_client}),
                         name_of);

class NoneServiceClient : public testing::TestWithParam<Pairing> {};

TEST_P(NoneServiceClient, IsLetIn) {
  const std::string name = std::string_view(GetParam().mechanism) == "ANONYMOUS" ? "anonymous" : "user";
  EXPECT_EQ(converse(ServiceType::none, GetParam(), {"user", "whatever", "user"}, {}),
            "success \"" + name + "\", client satisfied");
}

INSTANTIATE_TEST_SUITE_P(Judged, NoneServiceClient,
                         testing::Values(Pairing{"CyrusAnonymous", "ANONYMOUS", cyrus_client},
                                         Pairing{"GsaslAnonymous", "ANONYMOUS", gsasl_client},
                                         Pairing{"GsaslExternal", "EXTERNAL", gsasl_client},
                                         Pairing{"CyrusLogin", "LOGIN", cyrus_client},
                                         Pairing{"GsaslLogin", "LOGIN", gsasl_client},
                                         Pairing{"CyrusCramMd5", "CRAM-MD5", cyrus_client},
                                         Pairing{"GsaslCramMd5", "CRAM-MD5", gsasl_client}),
                         name_of);

// Their servers, given nothing but what we derive from the password.
struct ServerPairing {
  const char* name;
  ScramHash hash;
  std::unique_ptr<Peer> (*server)(std::string_view mechanism, const ScramCredential& credential);
  MakeClient client;
};

class ScramServer : public testing::TestWithParam<ServerPairing> {
 protected:
  std::string talk(std::string_view password) {
    const ScramHash hashes[] = {GetParam().hash};
    const ScramCredential credential = derive_credentials(Secret("pencil"), few, hashes).front();
    const auto client = GetParam().client(scram_mechanism(GetParam().hash), {"user", std::string(password)});
    const auto server = GetParam().server(scram_mechanism(GetParam().hash), credential);
    std::string message;
    for (int round = 0; round < 4 && server->state() == Peer::State::talking; ++round) {
      if (client->state() == Peer::State::talking) message = client->step(message);
      message = server->step(message);
    }
    // With GNU SASL's server the last word of the exchange comes with its verdict.
    if (server->state() == Peer::State::satisfied && client->state() == Peer::State::talking)
      client->step(message);
    return (server->state() == Peer::State::satisfied ? "let in, " : "refused, ") + in_words(client->state());
  }
};

TEST_P(ScramServer, TakesOurCredentialForThePassword) {
  EXPECT_EQ(talk("pencil"), "let in, client satisfied");
}

TEST_P(ScramServer, TakesItForNoOtherPassword) { EXPECT_EQ(talk("crayon"), "refused, client waits"); }

INSTANTIATE_TEST_SUITE_P(
    Judged, ScramServer,
    testing::Values(ServerPairing{"CyrusWithCyrusSha1", ScramHash::sha1, cyrus_server, cyrus_client},
                    ServerPairing{"CyrusWithCyrusSha256", ScramHash::sha256, cyrus_server, cyrus_client},
                    ServerPairing{"CyrusWithCyrusSha512", ScramHash::sha512, cyrus_server, cyrus_client},
                    ServerPairing{"CyrusWithGsaslSha256", ScramHash::sha256, cyrus_server, gsasl_client},
                    ServerPairing{"GsaslWithGsaslSha1", ScramHash::sha1, gsasl_server, gsasl_client},
                    ServerPairing{"GsaslWithGsaslSha256", ScramHash::sha256, gsasl_server, gsasl_client},
                    ServerPairing{"GsaslWithCyrusSha256", ScramHash::sha256, gsasl_server, cyrus_client}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace doorward::judges
