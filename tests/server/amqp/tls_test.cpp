// The door with TLS, from the outside: OpenSSL's client on a blocking socket.
#include "tests/server/amqp/door.hpp"
#include "tests/server/net/certificates.hpp"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>

namespace doorward {
namespace {

using Shows = Certificates::Shows;
using testing::HasSubstr;
using Asks = AmqpListener::ClientCertificates;

class Tls : public testing::Test {
 protected:
  AmqpListener listener(Asks asks = Asks::unasked, std::shared_ptr<TlsContext> context = nullptr) const {
    if (!context) {
      context = asks == Asks::unasked ? certificates_.server_context()
                                      : certificates_.server_context_with_client_ca();
    }
    return {.host = "127.0.0.1", .tls = std::move(context), .client_certificates = asks};
  }

  const Certificates certificates_;
};

class TlsVersions : public Tls, public testing::WithParamInterface<int> {};

TEST_P(TlsVersions, carry_a_login_and_end_in_order) {
  Doorway door({.listeners = {listener()}});
  const auto client = certificates_.client();
  SSL_CTX_set_min_proto_version(client.get(), GetParam());
  SSL_CTX_set_max_proto_version(client.get(), GetParam());
  Peer peer = door.connect();
  ASSERT_TRUE(peer.secure(client.get()));
  EXPECT_EQ(log_in(peer).identity.value().sub, "ann");
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_TRUE(door.facts(1).front().tls);
}

INSTANTIATE_TEST_SUITE_P(Versions, TlsVersions, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& info) {
                           return info.param == TLS1_2_VERSION ? "TLS_1_2" : "TLS_1_3";
                         });

TEST_F(Tls, older_than_1_2_is_refused) {
  const Doorway door({.listeners = {listener()}});
  const auto client = certificates_.client();
  SSL_CTX_set_security_level(client.get(), 0);
  SSL_CTX_set_min_proto_version(client.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(client.get(), TLS1_1_VERSION);
  Peer peer = door.connect();
  EXPECT_FALSE(peer.secure(client.get()));
}

struct Suites {
  const char* offered;
  const char* taken;
};
class TlsSuites : public Tls, public testing::WithParamInterface<Suites> {};

TEST_P(TlsSuites, are_taken_by_what_they_cost_and_none_is_refused) {
  const Doorway door({.listeners = {listener()}});
  const auto client = certificates_.client();
  ASSERT_EQ(SSL_CTX_set_ciphersuites(client.get(), GetParam().offered), 1);
  Peer peer = door.connect();
  ASSERT_TRUE(peer.secure(client.get()));
  EXPECT_STREQ(SSL_get_cipher_name(peer.tls()), GetParam().taken);
}

INSTANTIATE_TEST_SUITE_P(
    Offers, TlsSuites,
    testing::Values(Suites{"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
                           "TLS_AES_128_GCM_SHA256"},
                    Suites{"TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"},
                    Suites{"TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"}),
    [](const auto& info) { return std::to_string(info.index); });

TEST_F(Tls, a_whole_login_in_one_write_and_one_byte_at_a_time_succeed) {
  const Doorway door({.listeners = {listener()}});
  const std::string login = pipelined_login("shop", "ann", "pencil") + close_frame;
  const auto client = certificates_.client();
  for (const std::size_t piece : {login.size(), std::size_t{1}}) {
    Peer peer = door.connect();
    ASSERT_TRUE(peer.secure(client.get()));
    for (std::size_t at = 0; at < login.size(); at += piece)
      peer.send(std::string_view(login).substr(at, piece));
    peer.expect_offer();
    EXPECT_EQ(peer.outcome(), SaslCode::ok);
    EXPECT_EQ(peer.reply().identity.value().sub, "ann");
    EXPECT_EQ(peer.read_to_end(), "");
  }
}

TEST_F(Tls, a_server_name_that_is_a_realm_narrows_the_offer) {
  const Doorway door({.listeners = {listener()}});
  const auto client = certificates_.client();
  Peer peer = door.connect();
  ASSERT_TRUE(peer.secure(client.get(), "shop"));
  peer.send(sasl_header);
  EXPECT_EQ(peer.read(8), sasl_header);
  int type = 0;
  const std::string body = peer.read_frame(type);
  EXPECT_THAT(wire::parse_sasl_mechanisms(body).value().mechanisms,
              testing::ElementsAre("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"));
}

TEST_F(Tls, a_server_name_that_is_nonsense_is_no_obstacle) {
  const Doorway door({.listeners = {listener()}});
  const auto client = certificates_.client();
  for (const std::string& name :
       {std::string("no realm_of ours/!"), std::string(250, 'x'), std::string("\xff\xfe")}) {
    Peer peer = door.connect();
    ASSERT_TRUE(peer.secure(client.get(), name));
    EXPECT_EQ(log_in(peer).identity.value().sub, "ann");
  }
}

TEST_F(Tls, a_session_is_resumed_on_every_loop) {
  const Doorway door({.loops = 4, .listeners = {listener()}});
  const auto client = certificates_.client();
  SSL_SESSION* session = nullptr;
  for (int i = 0; i < 20; ++i) {
    Peer peer = door.connect();
    ASSERT_TRUE(peer.secure(client.get(), {}, session));
    EXPECT_EQ(SSL_session_reused(peer.tls()), i > 0);
    log_in(peer);
    peer.read_to_end();
    peer.half_close();  // OpenSSL's client gives up a session that it did not end itself
    SSL_SESSION_free(session);
    session = SSL_get1_session(peer.tls());
  }
  SSL_SESSION_free(session);
}

TEST_F(Tls, renegotiation_is_refused) {
  const Doorway door({.listeners = {listener()}});
  const auto client = certificates_.client();
  SSL_CTX_set_max_proto_version(client.get(), TLS1_2_VERSION);
  Peer peer = door.connect();
  ASSERT_TRUE(peer.secure(client.get()));
  peer.send(sasl_header);
  peer.expect_offer();
  ASSERT_EQ(SSL_renegotiate(peer.tls()), 1);
  EXPECT_NE(SSL_do_handshake(peer.tls()), 1);
}

struct ShownCertificate {
  const char* name;
  Asks asks;
  Shows shows;
  bool let_in;
};
class ClientCertificates : public Tls, public testing::WithParamInterface<ShownCertificate> {};

// With TLS 1.3 a client learns only after its handshake that its certificate was refused.
TEST_P(ClientCertificates, are_asked_for_as_the_listener_says) {
  const Doorway door({.listeners = {listener(GetParam().asks)}});
  const auto client = certificates_.client(GetParam().shows);
  Peer peer = door.connect();
  bool let_in = peer.secure(client.get());
  try {
    if (let_in) log_in(peer);
  } catch (const std::runtime_error&) {
    let_in = false;
  }
  EXPECT_EQ(let_in, GetParam().let_in);
}

INSTANTIATE_TEST_SUITE_P(
    Delegates, ClientCertificates,
    testing::Values(
        ShownCertificate{"unasked_and_none", Asks::unasked, Shows::nothing, true},
        ShownCertificate{"unasked_and_a_strangers", Asks::unasked, Shows::a_strangers_certificate, true},
        ShownCertificate{"optional_and_none", Asks::optional, Shows::nothing, true},
        ShownCertificate{"optional_and_good", Asks::optional, Shows::its_certificate, true},
        ShownCertificate{"optional_and_a_strangers", Asks::optional, Shows::a_strangers_certificate, false},
        ShownCertificate{"required_and_none", Asks::required, Shows::nothing, false},
        ShownCertificate{"required_and_good", Asks::required, Shows::its_certificate, true},
        ShownCertificate{"required_and_ended", Asks::required, Shows::an_ended_certificate, false},
        ShownCertificate{"required_and_a_strangers", Asks::required, Shows::a_strangers_certificate, false}),
    [](const auto& info) { return std::string(info.param.name); });

struct Resuming {
  int version;
  Asks asks;
};
class ResumedCertificates : public Tls, public testing::WithParamInterface<Resuming> {};

// A resumed session has the certificate that its first handshake verified, whatever has become of it since.
TEST_P(ResumedCertificates, are_none_since_no_session_is_resumed_where_one_is_asked_for) {
  const Doorway door({.listeners = {listener(GetParam().asks)}});
  const auto client = certificates_.client(Shows::its_certificate);
  SSL_CTX_set_min_proto_version(client.get(), GetParam().version);
  SSL_CTX_set_max_proto_version(client.get(), GetParam().version);
  Peer first = door.connect();
  ASSERT_TRUE(first.secure(client.get()));
  log_in(first);
  first.read_to_end();
  first.half_close();
  const std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session(SSL_get1_session(first.tls()),
                                                                          &SSL_SESSION_free);
  EXPECT_FALSE(SSL_SESSION_is_resumable(session.get())) << "nothing is offered that would resume it";
  Peer again = door.connect();
  ASSERT_TRUE(again.secure(client.get(), {}, session.get()));
  EXPECT_FALSE(SSL_session_reused(again.tls()));
  log_in(again);
}

INSTANTIATE_TEST_SUITE_P(Delegates, ResumedCertificates,
                         testing::Values(Resuming{TLS1_2_VERSION, Asks::optional},
                                         Resuming{TLS1_2_VERSION, Asks::required},
                                         Resuming{TLS1_3_VERSION, Asks::optional},
                                         Resuming{TLS1_3_VERSION, Asks::required}),
                         [](const auto& info) {
                           return std::string(info.param.version == TLS1_2_VERSION ? "TLS_1_2" : "TLS_1_3") +
                                  (info.param.asks == Asks::optional ? "_optional" : "_required");
                         });

TEST_F(Tls, a_session_from_a_listener_that_asks_for_less_is_not_resumed) {
  const auto context = certificates_.server_context_with_client_ca();
  const Doorway door({.listeners = {listener(Asks::unasked, context), listener(Asks::required, context)}});
  const auto client = certificates_.client(Shows::nothing);
  Peer anonymous(door.address(0));
  ASSERT_TRUE(anonymous.secure(client.get()));
  log_in(anonymous);
  anonymous.read_to_end();
  anonymous.half_close();
  const std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session(SSL_get1_session(anonymous.tls()),
                                                                          &SSL_SESSION_free);
  ASSERT_TRUE(SSL_SESSION_is_resumable(session.get()));
  Peer again(door.address(1));
  if (again.secure(client.get(), {}, session.get())) {
    EXPECT_FALSE(SSL_session_reused(again.tls()));
    EXPECT_THROW(log_in(again), std::runtime_error);
  }
}

TEST_F(Tls, a_refused_client_certificate_is_a_line_in_the_log) {
  LogCapture log;
  {
    const Doorway door({.listeners = {listener(Asks::required)}});
    const auto client = certificates_.client(Shows::a_strangers_certificate);
    Peer peer = door.connect();
    peer.secure(client.get());
    peer.half_close();
    door.wait_until_empty();
  }
  EXPECT_THAT(log.lines(), HasSubstr("the client certificate was refused"));
}

struct NoHello {
  const char* name;
  std::string sent;
  const char* logged;
};
class NoHellos : public Tls, public testing::WithParamInterface<NoHello> {};

TEST_P(NoHellos, on_the_tls_port_are_told_apart_in_the_log) {
  LogCapture log;
  {
    const Doorway door({.listeners = {listener()}});
    Peer peer = door.connect();
    peer.send(GetParam().sent);
    EXPECT_EQ(peer.read_to_end(), "");
  }
  EXPECT_THAT(log.lines(), HasSubstr(GetParam().logged));
}

INSTANTIATE_TEST_SUITE_P(
    Peers, NoHellos,
    testing::Values(NoHello{"a_sasl_header", std::string(sasl_header), "AMQP without TLS"},
                    NoHello{"an_amqp_header", std::string(amqp_header) + open_frame("router"),
                            "AMQP without TLS"},
                    NoHello{"http", "GET / HTTP/1.1\r\n\r\n", "no TLS hello"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(Tls, a_hello_that_is_broken_ends_the_connection_and_is_a_line_in_the_log) {
  LogCapture log;
  {
    const Doorway door({.listeners = {listener()}});
    Peer peer = door.connect();
    peer.send(bytes("16 03 01 00 10") + std::string(16, 'x'));
    peer.read_to_end();
  }
  EXPECT_THAT(log.lines(), HasSubstr("the TLS handshake failed"));
}

TEST_F(Tls, a_peer_that_vanishes_at_any_byte_of_its_hello_leaves_nothing_behind) {
  const Doorway door({.listeners = {listener()}});
  // A hello as OpenSSL writes it.
  const auto client = certificates_.client();
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(client.get()), &SSL_free);
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_connect(ssl.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(SSL_get_wbio(ssl.get()), &data);
  ASSERT_GT(size, 100);
  const std::string hello(data, static_cast<std::size_t>(size));
  for (std::size_t cut = 1; cut <= hello.size(); cut += 13) {
    Peer peer = door.connect();
    peer.send(std::string_view(hello).substr(0, cut));
    if (cut % 2 == 0) {
      peer.reset();
    } else {
      peer.half_close();
      peer.read_to_end();
    }
  }
  door.wait_until_empty();
}

TEST_F(Tls, the_certificate_is_replaced_while_clients_connect) {
  const auto context = certificates_.server_context();
  const Doorway door({.listeners = {listener(Asks::unasked, context)}});
  const auto client = certificates_.client();
  const auto serial_seen = [&] {
    Peer peer = door.connect();
    if (!peer.secure(client.get())) throw std::runtime_error("no TLS");
    log_in(peer);
    const std::shared_ptr<X509> shown(SSL_get1_peer_certificate(peer.tls()), X509_free);
    return ASN1_INTEGER_get(X509_get0_serialNumber(shown.get()));
  };
  std::atomic<bool> replacing = true;
  std::atomic<int> connected = 0;
  std::atomic<int> failed = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back([&] {
      while (replacing) {
        try {
          serial_seen();
          ++connected;
        } catch (const std::runtime_error&) {
          ++failed;
        }
      }
    });
  }
  for (long serial = 101; serial <= 110; ++serial) {
    const int before = connected;
    certificates_.write(certificates_.make_server(serial));
    EXPECT_EQ(context->reload().value(), TlsContext::Reload::swapped);
    while (connected < before + 5 && failed == 0) std::this_thread::yield();
    EXPECT_EQ(serial_seen(), serial);
  }
  replacing = false;
  for (std::thread& thread : clients) thread.join();
  EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace doorward
