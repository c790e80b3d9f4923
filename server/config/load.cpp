// From file and flags to a Config. The flags are laid over the file's document first, so that one reader
// checks both.
#include "server/config/config.hpp"
#include "server/config/section.hpp"
#include "server/config/settings.hpp"
#include "server/config/validate.hpp"
#include "server/resources/document/yaml.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

namespace doorward {
namespace {

using nlohmann::json;
using resources::Fault;

constexpr const char* default_amqp = "127.0.0.1:5672";
constexpr const char* default_amqps = "127.0.0.1:5671";
constexpr const char* no_such_file =
    "does not exist: correct --config, or begin with a copy of doorward.example.yaml (in deploy/ of the "
    "sources, and in share/doc/doorward where doorward is installed)";

// The document that is read, and where each of its settings was written.
struct Source {
  json document = json::object();
  resources::Document file;
  bool complete = true;                      // false: there is more in the file than could be read
  std::map<std::string, std::string> flags;  // setting -> the flag that set it
  Faults faults;

  void place(Fault& fault) const;
};

void Source::place(Fault& fault) const {
  for (const auto& [setting, flag] : flags) {
    if (fault.field == setting) {
      // Whoever typed a flag need not know what the setting is called in a file.
      fault.file = flag;
      fault.field.clear();
      return;
    }
  }
  fault.file = file.file;
  if (!fault.file.empty()) fault.line = file.line_of(fault.field);
}

void read_file(Source& source, const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  if (!stream || std::filesystem::is_directory(path)) {
    source.complete = false;
    std::error_code ignored;
    const char* const why =
        std::filesystem::is_directory(path, ignored) ? "is a folder: name the file in it with --config"
        : std::filesystem::exists(path, ignored)     ? "can not be read: check the rights of the file"
                                                     : no_such_file;
    source.faults.push_back({.file = path, .message = why});
    return;
  }
  resources::Reading reading = resources::read_yaml(
      text.str(), path,
      {.file_bytes = 1u << 20,
       .wanted = "the configuration must be a mapping of settings to values, as in doorward.example.yaml"});
  std::ranges::move(reading.faults, std::back_inserter(source.faults));
  if (reading.documents.empty()) {
    source.complete = source.faults.empty();
    return;
  }
  source.file = std::move(reading.documents.front());
  if (reading.documents.size() > 1) {
    source.faults.push_back({.file = path,
                             .line = reading.documents[1].line,
                             .message = "begins a second document: the configuration is one"});
  }
  source.document = source.file.value;
}

// The mapping `parent` of the document, made where it is not there; null where the file has something else
// there, which is a fault of its own.
json* section_of(json& document, const char* name) {
  json& section = document[name];
  if (section.is_null()) section = json::object();
  return section.is_object() ? &section : nullptr;
}

void set(Source& source, const char* section, const char* key, const char* flag, json value) {
  json* parent = *section == '\0' ? &source.document : section_of(source.document, section);
  if (parent == nullptr) return;
  (*parent)[key] = std::move(value);
  source.flags[*section == '\0' ? key : fmt::format("{}.{}", section, key)] = flag;
}

// `--amqp` and `--amqps` say where the one listener of that kind listens, and add it where there is none.
void set_listener(Source& source, const char* flag, bool tls, const std::string& address) {
  json* amqp = section_of(source.document, "amqp");
  if (amqp == nullptr) return;
  json& listeners = (*amqp)["listeners"];
  if (!listeners.is_array()) return;
  const auto is_meant = [&](const json& listener) {
    return listener.is_object() && listener.value("tls", json(false)) == json(tls);
  };
  if (std::ranges::count_if(listeners, is_meant) > 1) {
    source.faults.push_back(
        {.file = flag,
         .message =
             fmt::format("could mean several listeners of {}: change the address there", source.file.file)});
    return;
  }
  auto found = std::ranges::find_if(listeners, is_meant);
  if (found == listeners.end()) {
    listeners.push_back({{"tls", tls}});
    found = std::prev(listeners.end());
  }
  (*found)["address"] = address;
  const auto index = static_cast<std::size_t>(found - listeners.begin());
  source.flags[fmt::format("amqp.listeners[{}].address", index)] = flag;
}

void lay_flags_over(Source& source, const ConfigFlags& flags) {
  const auto text = [&](const char* section, const char* key, const char* flag,
                        const std::optional<std::string>& value) {
    if (value) set(source, section, key, flag, *value);
  };
  text("", "dataDir", "--data-dir", flags.data_dir);
  text("", "secretsDir", "--secrets", flags.secrets_dir);
  text("resources", "directory", "--resources", flags.resources);
  text("tls", "certificate", "--tls-cert", flags.tls_cert);
  text("tls", "key", "--tls-key", flags.tls_key);
  text("https", "address", "--https", flags.https);
  text("health", "address", "--health", flags.health);
  text("audit", "file", "--audit", flags.audit);
  text("log", "level", "--log-level", flags.log_level);
  if (flags.no_prune) set(source, "resources", "prune", "--no-prune", false);
  if (flags.threads) {
    unsigned threads = 0;
    const char* end = flags.threads->data() + flags.threads->size();
    const auto parsed = std::from_chars(flags.threads->data(), end, threads);
    const bool whole = parsed.ec == std::errc() && parsed.ptr == end;
    set(source, "", "threads", "--threads", whole ? json(threads) : json(*flags.threads));
  }

  // The listeners that there are where nothing is said: AMQP on loopback, and AMQPS beside it once there is a
  // certificate. A file that lists listeners says it all.
  json* amqp = section_of(source.document, "amqp");
  if (amqp != nullptr && (*amqp)["listeners"].is_null()) {
    (*amqp)["listeners"] = json::array({{{"address", default_amqp}}});
    const json* tls = section_of(source.document, "tls");
    const bool certificate = tls != nullptr && tls->contains("certificate");
    if (certificate && !flags.amqps)
      (*amqp)["listeners"].push_back({{"address", default_amqps}, {"tls", true}});
  }
  if (flags.amqp) set_listener(source, "--amqp", false, *flags.amqp);
  if (flags.amqps) set_listener(source, "--amqps", true, *flags.amqps);
}

// One setting is the other, or is part of it.
bool overlap(std::string_view a, std::string_view b) { return a.starts_with(b) || b.starts_with(a); }

}  // namespace

std::filesystem::path Config::plugins() const {
  if (!plugins_dir.empty()) return plugins_dir;
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  const auto beside = program / "plugins";
  return std::filesystem::is_directory(beside, ignored) ? beside
                                                        : program.parent_path() / "lib/doorward/plugins";
}

std::expected<Config, std::vector<Fault>> load_config(const ConfigFlags& flags) {
  Source source;
  if (!flags.config.empty()) read_file(source, flags.config);
  lay_flags_over(source, flags);

  Config config;
  Faults faults;
  Section top(source.document, "", faults);
  read_settings(top, config, faults);
  top.finish();
  if (source.complete) {
    // A setting that is at fault has its default now; it is not blamed a second time for what follows from
    // that.
    Faults further;
    validate(config, further);
    std::ranges::copy_if(further, std::back_inserter(faults), [&](const Fault& later) {
      return std::ranges::none_of(faults,
                                  [&](const Fault& earlier) { return overlap(earlier.field, later.field); });
    });
  }

  for (Fault& fault : faults) source.place(fault);
  std::ranges::move(faults, std::back_inserter(source.faults));
  if (!source.faults.empty()) return std::unexpected(std::move(source.faults));
  return config;
}

}  // namespace doorward
