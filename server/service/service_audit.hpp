#pragma once
// The audit as the configuration wants it, and what the folder of resources and the REST API tell it. For the
// thread that starts.
#include "server/audit/audit.hpp"
#include "server/callers/callers.hpp"
#include "server/config/config.hpp"
#include "server/rest/object_writer.hpp"
#include "server/service/refused_writes.hpp"
#include "server/service/resource_folder.hpp"

#include <filesystem>
#include <memory>

namespace doorward {

// Null where none is wanted. `keys`: the folder of keys in the data directory.
Result<std::unique_ptr<Audit>> start_audit(const Config& config, const std::filesystem::path& keys);

// Nothing where there is no audit, which must outlive it.
ResourceFolder::Report report_to(Audit* audit, const std::filesystem::path& folder);

// The same of requests to the REST API: who wrote what, under the id that the reply has.
rest::Told report_requests_to(Audit* audit);
TellRefusedWrite report_refusals_to(Audit* audit);

// The same of tokens that `doorward token`, or whoever edits the file, gives and takes. Who that was, only
// the system knows.
Callers::Told report_tokens_to(Audit* audit, const std::filesystem::path& file);

}  // namespace doorward
