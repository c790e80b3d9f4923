#pragma once
// One connection of a delegate: one login, from the SASL header to the end of the stream. The coroutine reads
// as the protocol does; the deadline and the end of the server reach it by stopping its transport. A login
// that is held when its deadline comes still gets its outcome: sys-temp.
//
// Lives on one loop, kept by its own coroutine; every call is made on that loop.
#include "server/amqp/connection_slots.hpp"
#include "server/amqp/connection_states.hpp"
#include "server/amqp/deadlines.hpp"
#include "server/amqp/frame_stream.hpp"
#include "server/amqp/limits.hpp"
#include "server/amqp/loop_turns.hpp"
#include "server/amqp/wire/open.hpp"
#include "server/login/login.hpp"
#include "server/net/tls_context.hpp"
#include "store/model/realms.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/intrusive/list.hpp>

namespace doorward {

// What a listening address gives to the sessions that come in by it.
struct AmqpListener {
  enum class ClientCertificates : std::uint8_t { unasked, optional, required };

  std::string host;  // an IP address or `localhost`
  std::uint16_t port = 0;
  std::shared_ptr<TlsContext> tls;  // null: plain TCP
  ClientCertificates client_certificates = ClientCertificates::unasked;
  bool plain_allowed = true;  // PLAIN is offered and taken
  // What is offered and served here; nothing: every realm there is.
  std::optional<ObjectRef> service;  // the realms of this service
  std::string realm;                 // this realm; and it is that of a client that names none
};

// The rest of what sessions need; shared by all loops, and unchanged while the server runs.
struct SessionSettings {
  Logins& logins;
  AmqpLimits limits;
  std::string container_id;
};

// What the sessions of one loop share.
struct SessionLoop {
  // The executor is that of `states`' loop; both outlive this.
  SessionLoop(LoopExecutor loop, ConnectionStates& connection_states, const AmqpLimits& limits)
      : executor(loop),
        states(connection_states),
        turns(loop, connection_states),
        login(loop, limits.login),
        after_outcome(loop, limits.after_outcome) {}

  const LoopExecutor executor;
  ConnectionStates& states;
  LoopTurns turns;
  Deadlines login, after_outcome;
};

class Session final
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>,
      private Deadlines::Entry {
 public:
  // Everything given by reference outlives the session. `slot` is held for as long as the session lives.
  Session(SessionLoop& loop, Descriptor descriptor, std::string peer, const AmqpListener& listener,
          const SessionSettings& settings, ConnectionSlots::Slot slot);

  // Begins the conversation; the session lives until it is over.
  static void start(std::unique_ptr<Session> session);

  // Whatever the session waits for, it gives up.
  void stop(LoginReason reason = LoginReason::timed_out);
  // For now and then, before the outcome: gives up where the peer no longer waits for our answer, so that
  // nothing more is done for nobody, and, where others wait for a slot (`crowded`), where we wait for one
  // that takes long. A login that guesses hold back for as long is ended then, too: with sys-temp, and what
  // follows is cut short.
  void look(bool crowded);

 private:
  // No open came that can be answered. `condition`: what an AMQP connection is told; empty where there is
  // none.
  struct Unopened {
    Broken broken;
    std::string_view condition;
  };

  Task<void> run();
  // The phases in their order. False, or nothing: the connection is over.
  Task<bool> secure();
  Task<bool> offer_mechanisms();
  Task<std::optional<Accepted>> authenticate();
  void begin_login(std::string_view hostname, std::string_view mechanism);
  Task<void> introduce(const Accepted& accepted);
  // Answers the AMQP header. The view lives until the next frame.
  Task<std::expected<wire::Open, Unopened>> read_open();
  Task<void> wait_for_close();

  Task<Login::Answer> answer(std::optional<std::string_view> message);
  // Before the outcome: ends a conversation that cannot go on, without one.
  Task<void> break_off(Broken broken);
  // With a condition: an open that names nobody and grants nothing, and a close that says what was wrong.
  Task<void> close_with(std::string_view condition, std::string_view description);
  Task<void> end() { return peer_.end(settings_.limits.discarded_bytes); }

  // While answering.
  bool peer_has_gone();
  void time_is_over() override;
  void note(const Broken& broken) const;

  const AmqpListener& listener_;
  const SessionSettings& settings_;
  const std::string name_;  // HOST:PORT of the peer
  SessionLoop& loop_;
  FrameStream peer_;
  boost::asio::cancellation_signal give_up_answer_;
  bool answering_ = false;
  bool out_of_time_ = false;  // while answering, and after a refusal that came of it
  std::optional<Login> login_;
  // As the peer named them, cut, for the log.
  std::string realm_;
  std::string mechanism_;
  ConnectionSlots::Slot slot_;
  ConnectionStates::Token state_;
};

}  // namespace doorward
