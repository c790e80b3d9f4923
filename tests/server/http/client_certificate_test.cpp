// Certificates of clients on connections that outlast what the handshake found.
#include "tests/server/http/door.hpp"

#include <ctime>

#include <gmock/gmock.h>
#include <openssl/x509_vfy.h>

namespace doorward::http {
namespace {

using testing::EndsWith;
using testing::Eq;
using testing::HasSubstr;
using Shows = Certificates::Shows;

class ClientCertificateTest : public Door {
 protected:
  ClientCertificateTest() {
    client_certificates = true;
    tls = certificates.server_context_with_client_ca();
  }
  // Handshakes are verified as of half an hour ago, when what has ended since was good.
  void shake_hands_in_the_past() {
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(tls->current().get()), std::time(nullptr) - 1'800);
  }
  Client showing(Shows shows) {
    open();
    return Client(port, certificates.client(shows));
  }
  void trust_clients_of(const std::string& authorities) {
    certificates.write(certificates.files_with_client_ca().client_ca, authorities);
    ASSERT_THAT(tls->reload(), Eq(TlsContext::Reload::swapped));
  }
  static std::string who(Client& asking) {
    asking.send("GET /a HTTP/1.1\r\n\r\n");
    const auto answer = asking.answer();
    return answer && answer->status == 200 ? answer->body : "";
  }
  static void expect_refusal_and_end(Client& asking, const std::string& why) {
    asking.send("GET /a HTTP/1.1\r\n\r\n");
    const auto answer = asking.answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 401);
    EXPECT_THAT(answer->body, HasSubstr(why));
    EXPECT_EQ(answer->headers.at("Connection"), "close");
    EXPECT_TRUE(asking.closed());
  }

  static constexpr auto router = " |a router|false";
  const Credential other_authority = make_certificate("other authority of the tests", 1);
};

TEST_F(ClientCertificateTest, counts_no_longer_once_it_has_ended) {
  shake_hands_in_the_past();
  Client ended = showing(Shows::an_ended_certificate);
  expect_refusal_and_end(ended, "certificate has expired");
  Client good(port, certificates.client(Shows::its_certificate));
  EXPECT_THAT(who(good), EndsWith(router));
  EXPECT_THAT(who(good), EndsWith(router));
}

TEST_F(ClientCertificateTest, counts_no_longer_once_its_authority_has_been_replaced) {
  Client kept = showing(Shows::its_certificate);
  EXPECT_THAT(who(kept), EndsWith(router));
  trust_clients_of(pem(other_authority));
  expect_refusal_and_end(kept, "certificate");
}

TEST_F(ClientCertificateTest, counts_no_longer_for_an_answer_that_lasts) {
  Client kept = showing(Shows::its_certificate);
  kept.send("GET /waits-and-looks-again HTTP/1.1\r\n\r\n");
  waiting.next(Deadline::max());
  trust_clients_of(pem(other_authority));
  gate.stop();
  EXPECT_EQ(kept.answer()->status, 401);
}

TEST_F(ClientCertificateTest, goes_on_when_the_servers_is_replaced_or_an_authority_joins_its_own) {
  Client kept = showing(Shows::its_certificate);
  certificates.write(certificates.make_server(101));
  ASSERT_THAT(tls->reload(), Eq(TlsContext::Reload::swapped));
  EXPECT_THAT(who(kept), EndsWith(router));
  trust_clients_of(pem(other_authority) + certificates.authority());
  EXPECT_THAT(who(kept), EndsWith(router));
  trust_clients_of(certificates.authority());
  EXPECT_THAT(who(kept), EndsWith(router));
}

TEST_F(ClientCertificateTest, of_nobody_ends_nothing) {
  Client kept = showing(Shows::nothing);
  trust_clients_of(pem(other_authority));
  EXPECT_THAT(who(kept), EndsWith(" ||false"));
  EXPECT_THAT(who(kept), EndsWith(" ||false"));
}

}  // namespace
}  // namespace doorward::http
