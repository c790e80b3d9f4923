#pragma once
// Reads one mapping of the configuration file into the struct that it belongs to. Each setting is named once,
// with its type and bounds; what was not named by the time of finish() is unknown. Faults are gathered, never
// thrown: a setting that is wrong leaves the default, and reading goes on.
#include "server/resources/document/document.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward {

// Faults by the path of the setting; who knows the lines of the file adds them.
using Faults = std::vector<resources::Fault>;

class Section {
 public:
  // `path` is empty for the whole file. Everything given must outlive the section.
  Section(const nlohmann::json& object, std::string path, Faults& faults);

  void text(std::string_view key, std::string& into);
  void path(std::string_view key, std::filesystem::path& into);
  bool flag(std::string_view key, bool& into);  // whether it is there
  void number(std::string_view key, std::uint32_t& into, std::uint32_t least, std::uint32_t most);
  void duration(std::string_view key, std::chrono::milliseconds& into, std::chrono::milliseconds least,
                std::chrono::milliseconds most);
  // One of `names`; its index goes to `into`.
  void choice(std::string_view key, std::span<const std::string_view> names,
              const std::function<void(std::size_t)>& into);
  // A string that `into` parses; it answers the fault, or an empty string. False where the key is not there.
  bool parsed(std::string_view key, const std::function<std::string(const std::string&)>& into);
  void section(std::string_view key, const std::function<void(Section&)>& read);
  // `read` gets each element. False where the key is not there.
  bool list(std::string_view key, const std::function<void(Section&)>& read);
  // A list of texts that are not empty.
  void texts(std::string_view key, std::vector<std::string>& into);

  // Reports the keys that nobody asked for, each with the known key that looks most like it.
  void finish();

  std::string path_of(std::string_view key) const;

 private:
  const nlohmann::json* find(std::string_view key);
  const nlohmann::json* find(std::string_view key, nlohmann::json::value_t type, std::string_view expected);
  void fault(std::string_view key, std::string message);

  const nlohmann::json& object_;
  std::string path_;
  Faults& faults_;
  std::vector<std::string> known_;
};

// `500ms`, `10s`, `5m`, `2h`: a whole number and a unit. Nothing for anything else.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// The longest unit that says it exactly.
std::string format_duration(std::chrono::milliseconds value);

}  // namespace doorward
