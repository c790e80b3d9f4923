#include "server/service_audit.hpp"

#include "server/signals.hpp"

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

}  // namespace doorward
