// `doorward verifier`: from a password to the lines that a MessagingUser can carry instead of it.
#include "mechanisms/password.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/password_input.hpp"
#include "store/model/scram_credential.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace doorward {
namespace {

struct VerifierOptions {
  std::vector<std::string> hashes;
  std::uint32_t iterations = 0;  // 0: what fits the password
  std::vector<std::string> like;
  bool generate = false;
};

constexpr const char* explanation =
    "The verifiers go into a MessagingUser instead of the password, under "
    "spec.authentication.credentials, so that no password needs to be in git. Clients that take the "
    "strongest mechanism offered, as most do, are refused where its verifier is missing: leave one out "
    "only for a reason. The password is asked for, or read from standard input (its first line). With "
    "--generate a strong one is made and shown once, on standard error; the verifiers go to standard "
    "output.\n\n";

Result<std::vector<std::string>> verifiers(const VerifierOptions& options, const Secret& password) {
  std::vector<std::string> lines;
  for (const std::string& existing : options.like) {
    Result<std::string> line = verifier_like(password, existing);
    if (!line) return std::unexpected(line.error());
    lines.push_back(std::move(*line));
  }
  if (!options.like.empty()) return lines;

  std::vector<ScramHash> hashes;
  for (const ScramHash hash : all_scram_hashes) {
    if (options.hashes.empty() || std::ranges::count(options.hashes, scram_mechanism(hash)) > 0) {
      hashes.push_back(hash);
    }
  }
  const std::uint32_t usual =
      options.generate ? ScramCredential::min_iterations : ScramCredential::default_iterations;
  for (const ScramCredential& credential :
       derive_credentials(password, options.iterations == 0 ? usual : options.iterations, hashes)) {
    lines.push_back(credential.format());
  }
  return lines;
}

int run(const VerifierOptions& options) {
  const auto refuse = [](std::string_view about, const Error& error) {
    std::cerr << "doorward verifier: " << about << error.message << "\n";
    return exit_usage;
  };
  // A --like that is no verifier is told before anybody types a password.
  for (const std::string& existing : options.like) {
    if (auto parsed = ScramCredential::parse(existing); !parsed) return refuse("--like: ", parsed.error());
  }
  const Result<Secret> password =
      options.generate ? generate_password() : prompt_or_read_password("Password", true, max_password_bytes);
  if (!password) return refuse("", password.error());
  const auto lines = verifiers(options, *password);
  if (!lines) return refuse("", lines.error());
  if (options.generate) std::cerr << "password: " << password->reveal() << "\n";
  for (const std::string& line : *lines) std::cout << line << "\n";
  std::cout.flush();
  return std::cout ? exit_ok : exit_failed;
}

}  // namespace

void add_verifier_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<VerifierOptions>();
  CLI::App* command = app.add_subcommand("verifier", "Print the SCRAM verifiers of a password, one a line");
  command->footer(std::string(explanation) + exit_codes_text);
  std::vector<std::string> names;
  for (const ScramHash hash : all_scram_hashes) names.emplace_back(scram_mechanism(hash));
  auto* hash = command
                   ->add_option("--hash", options->hashes,
                                "Only for SCRAM-SHA-1, SCRAM-SHA-256 or SCRAM-SHA-512; may be repeated [all]")
                   ->check(CLI::IsMember(names, CLI::ignore_case))
                   ->option_text("MECHANISM");
  auto* iterations = command
                         ->add_option("--iterations", options->iterations,
                                      "What a guess costs, 4096 to 100000 [32768; with --generate 4096]")
                         ->check(CLI::Range(ScramCredential::min_iterations, ScramCredential::max_iterations))
                         ->option_text("N");
  command
      ->add_option("--like", options->like,
                   "With the hash, salt and count of this verifier, so that both passwords can be live\n"
                   "during a rotation; may be repeated")
      ->excludes(hash)
      ->excludes(iterations)
      ->option_text("VERIFIER");
  command->add_flag("--generate", options->generate,
                    "Make a password of 128 random bits instead of asking for one");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace doorward
