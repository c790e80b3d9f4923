#pragma once
// Objects as the API shows them: what the store has, with the metadata that stands beside the document there,
// and without a secret. Nothing leaves this room that was not made here. Pure functions.
#include "server/rest/wire/failure.hpp"
#include "store/store.hpp"

#include <nlohmann/json.hpp>

namespace doorward::rest {

// Where the metadata of a stored document keeps what each field manager applied last; see
// server_side_apply.hpp. Never shown.
inline constexpr std::string_view applied_field = "applied";

nlohmann::json view(const resources::Kind& kind, const StoredObject& object);
// The same of a document that is not stored yet.
nlohmann::json view(const resources::Kind& kind, const StoredObject& object, nlohmann::json document);

// `PartialObjectMetadata`: its metadata only.
nlohmann::json metadata_only(const nlohmann::json& object);

// In which form a client wants objects: `Accept: application/json;as=Table;v=v1;g=meta.k8s.io`.
enum class Form { object, table, metadata };
Form wanted_form(std::string_view accept);

}  // namespace doorward::rest
