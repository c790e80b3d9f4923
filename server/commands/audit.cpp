// `doorward audit verify`: whether an audit is what doorward wrote. Reads the key and the files, and needs no
// service.
#include "server/audit/key.hpp"
#include "server/audit/verify.hpp"
#include "server/commands/commands.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace doorward {
namespace {

constexpr std::size_t max_faults = 100;  // that are shown
constexpr const char* explanation =
    "Finds a line that was altered, taken out, put in or moved. Name the files in the order in which "
    "they were written, the oldest first. A cut tail shows only against an anchor: the log tells one "
    "each minute and at the end (`audit anchor`), and the metrics doorward_audit_anchor and _anchor_mac, "
    "too.\n\n";

struct VerifyOptions {
  std::string data_dir = "doorward-data";
  std::string expect;
  std::vector<std::string> files;
};

// A line without its end, cut behind the bound (which makes it no line). False: there is none.
bool next_line(std::istream& in, std::string& line, std::size_t& bytes, bool& whole) {
  line.clear();
  bytes = 0;
  whole = false;
  std::streambuf& buffer = *in.rdbuf();
  for (int c = buffer.sbumpc(); c != std::char_traits<char>::eof(); c = buffer.sbumpc()) {
    if (c == '\n') return whole = true;
    if (++bytes <= audit::max_line_bytes + 1) line += static_cast<char>(c);
  }
  return bytes > 0;
}

int verify(const VerifyOptions& options) {
  const auto refuse = [](std::string_view why) {
    std::cerr << "doorward audit verify: " << why << "\n";
    return exit_usage;
  };
  std::optional<audit::Position> expect;
  if (!options.expect.empty()) {
    expect = audit::Position::parse(options.expect);
    if (!expect) return refuse("--expect: write SEQ:MAC as the log has it: 12:64 hexadecimal digits");
  }
  const auto key = audit::read_key(std::filesystem::path(options.data_dir) / "keys");
  if (!key) return refuse(key.error().message + "; name the data directory of the audit with --data-dir");

  audit::Verifier verifier(*key, expect);
  std::size_t faults = 0;
  const auto tell = [&](const std::string& where, const std::string& fault) {
    if (!fault.empty() && ++faults <= max_faults) std::cerr << where << ": " << fault << "\n";
  };
  for (const std::string& file : options.files) {
    std::ifstream in(file, std::ios::binary);
    if (!in || std::filesystem::is_directory(file)) return refuse(file + ": is no file that can be read");
    std::string line;
    std::size_t bytes = 0;
    bool whole = false;
    for (std::size_t number = 1; next_line(in, line, bytes, whole); ++number)
      tell(file + ":" + std::to_string(number), verifier.line(line, whole));
  }
  tell(options.files.back(), verifier.end());
  if (faults > 0) {
    std::cerr << "doorward audit verify: " << faults << " fault(s)\n";
    return exit_failed;
  }
  std::cout << verifier.lines() << " lines, " << verifier.first() << " to " << verifier.last().text();
  if (verifier.recovered() > 0) std::cout << ", " << verifier.recovered() << " unfinished and recovered";
  std::cout << ": unaltered";
  if (verifier.first() > 1) std::cout << "; older ones are in other files";
  if (!expect) std::cout << "; without --expect SEQ:MAC a tail that was cut off does not show";
  std::cout << "\n";
  std::cout.flush();
  return std::cout ? exit_ok : exit_failed;
}

}  // namespace

void add_audit_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* command = app.add_subcommand("audit", "Ask whether an audit is what doorward wrote");
  command->require_subcommand(1);
  CLI::App* verifying =
      command->add_subcommand("verify", "Find what was altered, taken out, put in or moved");
  verifying->footer(std::string(explanation) + exit_codes_text);
  verifying
      ->add_option("--data-dir", options->data_dir,
                   "Whose keys/audit.key it was written under [doorward-data]")
      ->option_text("DIR");
  verifying->add_option("--expect", options->expect, "A line that must be there, from the log")
      ->option_text("SEQ:MAC");
  verifying->add_option("FILES", options->files, "The audit, its oldest file first")->required();
  verifying->callback([options, &exit_code] { exit_code = verify(*options); });
}

}  // namespace doorward
