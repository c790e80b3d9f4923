#pragma once
// The audit as the configuration wants it, and what the folder of resources and the REST API tell it. For the
// thread that starts.
#include "server/audit/audit.hpp"
#include "server/config/config.hpp"
#include "server/resource_folder.hpp"
#include "server/rest/object_writer.hpp"

#include <filesystem>
#include <memory>

namespace doorward {

// Null where none is wanted. `keys`: the folder of keys in the data directory.
Result<std::unique_ptr<Audit>> start_audit(const Config& config, const std::filesystem::path& keys);

// Nothing where there is no audit, which must outlive it.
ResourceFolder::Report report_to(Audit* audit, const std::filesystem::path& folder);

// The same of requests to the REST API: who wrote what, under the id that the reply has.
rest::Told report_requests_to(Audit* audit);

}  // namespace doorward
