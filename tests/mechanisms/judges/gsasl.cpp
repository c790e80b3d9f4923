// GNU SASL as a peer: see peer.hpp.
#include "store/model/base64.hpp"
#include "tests/mechanisms/judges/peer.hpp"

#include <gsasl.h>
#include <stdexcept>

namespace doorward::judges {
namespace {

void require(int outcome, const char* what) {
  if (outcome != GSASL_OK) throw std::runtime_error(std::string(what) + ": " + gsasl_strerror(outcome));
}

class GsaslPeer : public Peer {
 public:
  GsaslPeer() { require(gsasl_init(&library_), "gsasl_init"); }
  ~GsaslPeer() override {
    gsasl_finish(session_);
    gsasl_done(library_);
  }

  std::string step(std::string_view message) override {
    char* out = nullptr;
    std::size_t size = 0;
    const int outcome = gsasl_step(session_, message.data(), message.size(), &out, &size);
    const bool goes_on = outcome == GSASL_OK || outcome == GSASL_NEEDS_MORE;
    state_ = outcome == GSASL_OK ? State::satisfied : goes_on ? State::talking : State::refused;
    std::string answer = goes_on ? std::string(out, size) : std::string();
    if (goes_on) gsasl_free(out);
    return answer;
  }

  void start_client(std::string_view mechanism) {
    require(gsasl_client_start(library_, std::string(mechanism).c_str(), &session_), "gsasl_client_start");
  }
  void start_server(std::string_view mechanism) {
    require(gsasl_server_start(library_, std::string(mechanism).c_str(), &session_), "gsasl_server_start");
  }
  void set(Gsasl_property property, const std::string& value) {
    require(gsasl_property_set(session_, property, value.c_str()), "gsasl_property_set");
  }

 private:
  Gsasl* library_ = nullptr;
  Gsasl_session* session_ = nullptr;
};

}  // namespace

std::unique_ptr<Peer> gsasl_client(std::string_view mechanism, const Account& account) {
  auto client = std::make_unique<GsaslPeer>();
  client->start_client(mechanism);
  client->set(GSASL_AUTHID, account.username);
  client->set(GSASL_PASSWORD, account.password);
  client->set(GSASL_ANONYMOUS_TOKEN, account.username);
  if (!account.authzid.empty()) client->set(GSASL_AUTHZID, account.authzid);
  return client;
}

std::unique_ptr<Peer> gsasl_server(std::string_view mechanism, const ScramCredential& credential) {
  auto server = std::make_unique<GsaslPeer>();
  server->start_server(mechanism);
  server->set(GSASL_SCRAM_ITER, std::to_string(credential.iterations));
  server->set(GSASL_SCRAM_SALT, base64_encode(credential.salt));
  server->set(GSASL_SCRAM_STOREDKEY, base64_encode(credential.keys.front().stored_key));
  server->set(GSASL_SCRAM_SERVERKEY, base64_encode(credential.keys.front().server_key));
  return server;
}

}  // namespace doorward::judges
