#include "server/service/service_audit.hpp"

#include "server/process/signals.hpp"

namespace doorward {

Result<std::unique_ptr<Audit>> start_audit(const Config& config, const std::filesystem::path& keys) {
  if (config.audit.file.empty()) return nullptr;
  const SignalsHeld not_for_the_writer;
  return Audit::start(
      {.file = config.audit.file,
       .keys = keys,
       .on_failure = config.audit.refuse ? Audit::OnFailure::refuse : Audit::OnFailure::carry_on,
       .version = DOORWARD_VERSION});
}

ResourceFolder::Report report_to(Audit* audit, const std::filesystem::path& folder) {
  if (audit == nullptr) return {};
  return [audit, from = folder.native()](const resources::ObjectChange& change) {
    audit->change({.who = "resources",
                   .from = from,
                   .what = std::string(change.what),
                   .resource = change.object,
                   .fields = change.fields});
  };
}

rest::Told report_requests_to(Audit* audit) {
  if (audit == nullptr) return {};
  return [audit](const rest::Request& request, const resources::ObjectChange& change) {
    audit->change({.who = request.caller.username,
                   .from = request.peer,
                   .what = std::string(change.what),
                   .resource = change.object,
                   .fields = change.fields,
                   .request = request.request_id});
  };
}

TellRefusedWrite report_refusals_to(Audit* audit) {
  if (audit == nullptr) return {};
  return [audit](const RefusedWrite& write) {
    audit->change({.who = write.who,
                   .from = write.from,
                   .what = write.what,
                   .resource = write.resource,
                   .request = write.request,
                   .refused = write.status});
  };
}

Callers::Told report_tokens_to(Audit* audit, const std::filesystem::path& file) {
  if (audit == nullptr) return {};
  return [audit, from = file.native()](std::string_view what, const TokenEntry& entry) {
    audit->change(
        {.who = "tokens", .from = from, .what = std::string(what), .resource = "Token " + entry.name});
  };
}

}  // namespace doorward
