// `doorward login`: plays a router's part in one login and shows what came back.
#include "server/commands/commands.hpp"
#include "server/commands/password_input.hpp"
#include "server/delegate/bearer_message.hpp"
#include "server/delegate/delegate.hpp"
#include "server/delegate/sasl_client.hpp"
#include "store/model/names.hpp"

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace doorward {
namespace {

using delegate::Attempt;
using delegate::LetIn;
using delegate::Refused;
using delegate::Verdict;

struct LoginOptions {
  std::string host;  // empty: the port of the loopback that `serve` takes by default
  std::string realm;
  std::string mechanism;
  std::string user;
  std::string ticket_host;
  std::string password_file;
  bool tls = false;
  std::string ca;
  std::string sni;
  std::string certificate;
  std::string key;
  int timeout = 10;  // seconds
  std::string output = "text";
};

constexpr const char* explanation =
    "Connects as a router does for each of its clients, verifies the server's signature, asks for "
    "ADDRESS-AUTHZ, and shows who the client is and what it may do. The password is asked for where "
    "there is a terminal, else it is the first line of standard input.\n\n"
    "Exit codes: 0 let in; 1 refused; 2 the service could not be asked: standard error says why.";

// Names of mechanisms are upper case (RFC 4422, section 3.1), and nobody means another one by lower case.
std::string upper_case(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

Result<Secret> password(const LoginOptions& options) {
  if (delegate::proves_without_password(options.mechanism)) return Secret();
  const bool bearer = delegate::is_bearer_mechanism(options.mechanism);
  if (options.user.empty() && !bearer) {
    if (!options.password_file.empty())
      return fail(ErrorCode::invalid, "--password-file is of a user: say which by --user");
    if (options.mechanism.empty()) return Secret();
    return fail(ErrorCode::invalid, quoted(options.mechanism) + " proves a user name: say which by --user");
  }
  if (!options.password_file.empty()) return read_password(options.password_file, max_token_bytes);
  const std::string what = bearer ? "Token" : "Password of " + quoted(options.user);
  return prompt_or_read_password(what, false, max_token_bytes);
}

Result<Attempt> attempt(const LoginOptions& options) {
  const bool tls = options.tls || !options.ca.empty() || !options.certificate.empty();
  const std::string usual = tls ? "127.0.0.1:5671" : "127.0.0.1:5672";
  Result<delegate::Peer> peer = delegate::Peer::parse(options.host.empty() ? usual : options.host);
  if (!peer) return std::unexpected(peer.error());
  if (tls) {
    peer->tls = delegate::TlsSettings{.ca_file = options.ca,
                                      .certificate_file = options.certificate,
                                      .key_file = options.key,
                                      .server_name = options.sni.empty() ? options.realm : options.sni};
  }
  Result<Secret> secret = password(options);
  if (!secret) return std::unexpected(secret.error());
  Attempt attempt;
  attempt.peer = std::move(*peer);
  attempt.realm = options.realm;
  attempt.mechanism = options.mechanism;
  attempt.username = options.user;
  attempt.password = std::move(*secret);
  attempt.ticket_host = options.ticket_host;
  attempt.timeout = std::chrono::seconds(options.timeout);
  return attempt;
}

// What the service sent is quoted: a terminal obeys control characters.
void show_text(const Verdict& verdict) {
  const auto* let_in = std::get_if<LetIn>(&verdict.answer);
  if (let_in == nullptr) {
    const auto& refused = std::get<Refused>(verdict.answer);
    std::cout << "refused (" << to_string(refused.code) << ") by " << verdict.mechanism << "\n";
    std::cerr << "doorward login: " << refused.advice << ".\n";
    return;
  }
  const wire::Identity& identity = let_in->identity;
  std::cout << "let in as " << quoted(identity.sub, 256) << " by " << verdict.mechanism << "\n";
  if (identity.preferred_username != identity.sub) {
    std::cout << "preferred_username: " << quoted(identity.preferred_username, 256) << "\n";
  }
  std::cout << "groups:";
  for (const std::string& group : identity.groups) std::cout << " " << quoted(group, 256);
  std::cout << (identity.groups.empty() ? " none\n" : "\n");
  if (!identity.address_authz) {
    std::cout << "addresses: all; the service sets no limit (no address-authz)\n";
    return;
  }
  std::cout << (identity.address_authz->empty() ? "addresses: none\n" : "addresses:\n");
  for (const auto& [address, permissions] : *identity.address_authz) {
    std::cout << "  " << quoted(address, 1'024) << ":";
    for (const std::string& permission : permissions) std::cout << " " << quoted(permission);
    std::cout << "\n";
  }
}

// The properties under their names on the wire; `address-authz` is absent where it was.
nlohmann::ordered_json in_json(const Verdict& verdict) {
  nlohmann::ordered_json json;
  const auto* let_in = std::get_if<LetIn>(&verdict.answer);
  const auto* refused = std::get_if<Refused>(&verdict.answer);
  json["outcome"] = to_string(refused == nullptr ? SaslCode::ok : refused->code);
  json["mechanism"] = verdict.mechanism;
  json["offered"] = verdict.offered;
  if (refused != nullptr) {
    json["message"] = refused->advice;
    return json;
  }
  const wire::Identity& identity = let_in->identity;
  json["authenticated-identity"] = {{"sub", identity.sub},
                                    {"preferred_username", identity.preferred_username}};
  json["groups"] = identity.groups;
  if (identity.address_authz) json["address-authz"] = *identity.address_authz;
  return json;
}

int could_not_ask(const LoginOptions& options, const Error& error) {
  if (options.output == "json") {
    const nlohmann::ordered_json json{{"outcome", nullptr}, {"message", error.message}};
    std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  }
  std::cerr << "doorward login: " << error.message << ".\n";
  return exit_usage;
}

int run(const LoginOptions& options) {
  Result<Attempt> question = attempt(options);
  if (!question) return could_not_ask(options, question.error());
  const Result<Verdict> verdict = delegate::log_in(std::move(*question));
  if (!verdict) return could_not_ask(options, verdict.error());
  if (options.output == "json") {
    std::cout << in_json(*verdict).dump(2) << "\n";
  } else {
    show_text(*verdict);
  }
  std::cout.flush();
  return std::holds_alternative<LetIn>(verdict->answer) ? exit_ok : exit_failed;
}

}  // namespace

void add_login_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<LoginOptions>();
  CLI::App* command =
      app.add_subcommand("login", "Log in as a router does for a client, and show what it gets");
  command->footer(explanation);
  command->add_option("--host", options->host, "The service [127.0.0.1:5672; with TLS 127.0.0.1:5671]")
      ->option_text("HOST:PORT");
  command
      ->add_option(
          "--realm", options->realm,
          "The realm to log in to: NAMESPACE-NAME of the AddressSpace, such as team1-orders,\n"
          "unless its annotation enmasse.io/realm-name says otherwise [its only one, or the listener's]")
      ->option_text("REALM");
  command->add_option("--mechanism", options->mechanism, "The SASL mechanism [the strongest that is offered]")
      ->option_text("NAME");
  command
      ->add_option("--user", options->user,
                   "The user [none: ANONYMOUS; with OAUTHBEARER, XOAUTH2 and GSSAPI whoever the token or\n"
                   "ticket is for]")
      ->option_text("NAME");
  command
      ->add_option("--password-file", options->password_file,
                   "Whose first line is the password or the token; - is standard input")
      ->option_text("FILE");
  command
      ->add_option("--ticket-host", options->ticket_host,
                   "GSSAPI: ask Kerberos for a ticket for amqp/NAME, the name of the router that clients\n"
                   "connect to [that of --host]")
      ->option_text("NAME");
  command->add_flag("--tls", options->tls, "Connect with TLS");
  command->add_option("--ca", options->ca, "Trust these authorities and not the system's; implies --tls")
      ->option_text("FILE");
  command->add_option("--sni", options->sni, "The server name to ask for by TLS [the realm]")
      ->option_text("NAME");
  auto* certificate =
      command->add_option("--cert", options->certificate, "The delegate's own certificate; implies --tls")
          ->option_text("FILE");
  auto* key = command->add_option("--key", options->key, "The certificate's key")->option_text("FILE");
  certificate->needs(key);
  key->needs(certificate);
  command->add_option("--timeout", options->timeout, "Give up after so many seconds, 1 to 3600 [10]")
      ->check(CLI::Range(1, 3'600))
      ->option_text("SECONDS");
  command->add_option("-o,--output", options->output, "text or json [text]")
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("FORMAT");
  command->callback([options, &exit_code] {
    options->mechanism = upper_case(options->mechanism);
    exit_code = run(*options);
  });
}

}  // namespace doorward
