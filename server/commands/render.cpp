// `doorward render`: the configuration with which a router or a broker delegates to this service, for one
// address space. Its objects are those of a running service, or of a folder: then they go the way of `serve`,
// into a store that is gone when the command ends.
#include "server/commands/api_access.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/remote_objects.hpp"
#include "server/config/address.hpp"
#include "server/render/files.hpp"
#include "server/resources/apply.hpp"
#include "server/resources/document/directory.hpp"
#include "server/resources/kinds/catalogue.hpp"
#include "server/resources/kinds/redaction.hpp"
#include "server/resources/manifest.hpp"
#include "store/model/names.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <charconv>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <stdlib.h>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>

namespace doorward {
namespace {

using resources::Fault;

struct RenderOptions {
  std::string address_space;
  std::string resources;
  std::string kubeconfig;  // one of the two
  std::string host;
  std::string file;
  bool tls = false;
  resources::Settings settings;
};

constexpr const char* explanation =
    "Says in comments which object and field each line is from, and what else to know. Nothing is "
    "started or kept.\n\n";

int refuse(const std::vector<Fault>& faults) {
  for (const Fault& fault : faults) std::cerr << "doorward render: " << fault.text() << "\n";
  std::cerr << "doorward render: nothing was rendered; change what is named above\n";
  return exit_usage;
}

// Only its owner can enter it, and it goes with the object.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::error_code error;
    std::string name = (std::filesystem::temp_directory_path(error) / "doorward-render-XXXXXX").string();
    if (!error && ::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }  // empty: it could not be made

 private:
  std::filesystem::path path_;
};

// HOST:PORT, where HOST is an IP address or a DNS name: the delegate resolves it, not we.
Result<render::Peer> parse_peer(const RenderOptions& options) {
  render::Peer peer{.port = options.tls ? std::uint16_t{5671} : render::Peer().port, .tls = options.tls};
  if (options.host.empty()) return peer;
  const auto invalid = fail(ErrorCode::invalid,
                            "--host must be HOST:PORT, an IP address or a DNS name in lower case and a port "
                            "from 1 to 65535, such as doorward.infra.svc:5671");
  if (const auto address = Address::parse(options.host)) {
    peer.host = address->host;
    peer.port = address->port;
    peer.loopback = address->is_loopback();
  } else {
    const std::size_t colon = options.host.rfind(':');
    if (colon == std::string::npos) return invalid;
    peer.host = options.host.substr(0, colon);
    const char* end = options.host.data() + options.host.size();
    const auto [stop, error] = std::from_chars(options.host.data() + colon + 1, end, peer.port);
    // Digits and dots alone would be an IP address, and are none.
    if (error != std::errc() || stop != end || !is_dns_subdomain(peer.host) ||
        peer.host.find_first_not_of("0123456789.") == std::string::npos)
      return invalid;
    peer.loopback = false;
  }
  if (peer.port == 0) return invalid;
  return peer;
}

// Where each object was written; without its secrets.
std::map<ObjectKey, resources::Document> places(const std::vector<resources::Document>& documents,
                                                const resources::Settings& settings) {
  std::map<ObjectKey, resources::Document> places;
  for (auto& manifest : resources::identify(documents, settings).manifests) {
    resources::redact(*manifest.kind, manifest.document.value);
    places.emplace(std::move(manifest.key), std::move(manifest.document));
  }
  return places;
}

std::string spaces_there_are(const Store& store) {
  const auto spaces = store.list({.kind = std::string(resources::store_kind::address_spaces), .limit = 20});
  std::string names;
  for (const StoredObject& space : spaces ? spaces->objects : std::vector<StoredObject>())
    names += (names.empty() ? "" : ", ") + space.key.ns + "/" + space.key.name;
  return names.empty() ? "there is none" : "there are " + names;
}

using Rendered = std::expected<render::Delegation, std::vector<Fault>>;

std::unexpected<std::vector<Fault>> fault(std::string message) {
  return std::unexpected(std::vector<Fault>{{.message = std::move(message)}});
}

std::unexpected<std::vector<Fault>> no_such(const ObjectRef& space, const std::string& what_there_is) {
  return fault("--address-space: AddressSpace " + quoted(space.text(), 320) + " does not exist; " +
               what_there_is);
}

ObjectKey key_of(const ObjectRef& space) {
  return {std::string(resources::store_kind::address_spaces), space.ns, space.name};
}

Rendered from_server(const RenderOptions& options, const ObjectRef& space, const render::Peer& peer) {
  auto ask = ask_by_kubeconfig(options.kubeconfig);
  if (!ask) return fault(ask.error().message);
  RemoteObjects remote(std::move(*ask));
  const bool there = !remote.find(key_of(space)).is_null();
  if (!remote.fault().empty()) return fault(remote.fault());
  if (!there) return no_such(space, "`kubectl get addressspaces -A` lists those that the server has");
  const render::Objects objects{
      .find = [&](const ObjectKey& key) { return remote.find(key); },
      .written = [](const ObjectKey&) -> const resources::Document* { return nullptr; }};
  auto rendered = render::delegation_of(space, objects, options.settings, peer);
  if (!remote.fault().empty()) return fault(remote.fault());
  return rendered;
}

Rendered from_folder(const RenderOptions& options, const ObjectRef& space, const render::Peer& peer) {
  const ScratchFolder scratch;
  if (scratch.path().empty())
    return fault("no temporary folder can be made: set TMPDIR to one that can be written to");
  const auto store = open_sqlite_store(scratch.path() / "doorward.db");
  if (!store) return fault(store.error().message);

  resources::DirectoryReading read = resources::read_directory(options.resources);
  const auto written = places(read.reading.documents, options.settings);
  resources::ApplyOptions apply{.settings = options.settings};
  // Nobody will log in here: the cheapest verifiers do.
  apply.settings.user.iterations = ScramCredential::min_iterations;
  apply.settings.user.hashes = {ScramHash::sha256};
  // Which plugins `serve` will find is not known here; the delegate is configured for the day on which it
  // has.
  apply.settings.bridge = [](const BridgeRef&, const nlohmann::json&) { return resources::BridgeState{}; };
  if (auto report = resources::apply(**store, std::move(read.reading), apply); !report)
    return std::unexpected(std::move(report.error().faults));

  const render::Objects objects{.find =
                                    [&](const ObjectKey& key) {
                                      const auto object = (*store)->get(key);
                                      return object ? nlohmann::json::parse(object->document, nullptr, false)
                                                    : nlohmann::json();
                                    },
                                .written =
                                    [&](const ObjectKey& key) {
                                      const auto place = written.find(key);
                                      return place == written.end() ? nullptr : &place->second;
                                    }};
  if (objects.find(key_of(space)).is_null()) return no_such(space, spaces_there_are(**store));
  return render::delegation_of(space, objects, options.settings, peer);
}

Rendered delegation(const RenderOptions& options) {
  if (options.resources.empty() == options.kubeconfig.empty())
    return fault(
        "say where the address space is: --resources DIR, or --kubeconfig FILE for a running service");
  const auto peer = parse_peer(options);
  if (!peer) return fault(peer.error().message);
  const std::size_t slash = options.address_space.find('/');
  if (slash == std::string::npos)
    return fault("--address-space must be NAMESPACE/NAME, such as team1/orders");
  const ObjectRef space{options.address_space.substr(0, slash), options.address_space.substr(slash + 1)};
  return options.resources.empty() ? from_server(options, space, *peer) : from_folder(options, space, *peer);
}

int print(const RenderOptions& options, bool router) {
  const auto found = delegation(options);
  if (!found) return refuse(found.error());
  if (router) {
    std::cout << render::router_conf(*found);
  } else if (options.file == "login.config") {
    std::cout << render::broker_login_config(*found);
  } else if (options.file == "broker.xml") {
    std::cout << render::broker_xml(*found);
  } else {
    std::cout << "==> login.config <==\n"
              << render::broker_login_config(*found) << "\n==> broker.xml <==\n"
              << render::broker_xml(*found);
  }
  std::cout.flush();
  return std::cout ? exit_ok : exit_failed;
}

void add_delegate(CLI::App& render, bool router, int& exit_code) {
  auto options = std::make_shared<RenderOptions>();
  CLI::App* command = router ? render.add_subcommand("router", "qdrouterd.conf of a qpid-dispatch router")
                             : render.add_subcommand("broker", "login.config and broker.xml of Artemis");
  command->footer(std::string(explanation) + exit_codes_text);
  command->add_option("--address-space,--space", options->address_space, "The address space")
      ->required()
      ->option_text("NS/NAME");
  command->add_option("--resources", options->resources, "The folder that `doorward serve` is given")
      ->option_text("DIR");
  command
      ->add_option("--kubeconfig", options->kubeconfig,
                   "Instead of a folder: the running service, and who asks it")
      ->option_text("FILE");
  command
      ->add_option("--host", options->host,
                   "Where the delegate finds doorward [127.0.0.1:5673, since 5672 is the delegate's own;\n"
                   "with --tls 127.0.0.1:5671]")
      ->option_text("HOST:PORT");
  command->add_flag("--tls", options->tls, "The delegate connects with TLS");
  command
      ->add_option("--infra-namespace", options->settings.infra_namespace,
                   "Where services, plans and infra configs are looked up, too [enmasse-infra]")
      ->option_text("NS");
  if (!router)
    command
        ->add_option("--file", options->file, "Only login.config or broker.xml [both, each under its name]")
        ->check(CLI::IsMember({"login.config", "broker.xml"}))
        ->option_text("NAME");
  command->callback([options, router, &exit_code] { exit_code = print(*options, router); });
}

}  // namespace

void add_render_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("render", "Print how a router or a broker is configured to ask this service");
  command->footer(std::string("\n") + exit_codes_text);
  command->require_subcommand(1);
  add_delegate(*command, true, exit_code);
  add_delegate(*command, false, exit_code);
}

}  // namespace doorward
