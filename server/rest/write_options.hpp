#pragma once
// What a write asks beside its object: query parameters, and of a deletion its DeleteOptions. Values.
#include "server/rest/call.hpp"
#include "server/rest/wire/field_validation.hpp"

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace doorward::rest {

struct WriteOptions {
  bool dry_run = false;
  FieldValidation fields = FieldValidation::warn;
  std::string manager;  // `fieldManager`, which a server-side apply needs
  bool force = false;   // of a server-side apply

  static Reply<WriteOptions> of(const Call& call);
};

// `meta/v1` DeleteOptions. Grace periods and propagation policies are accepted: here deletion is at once and
// takes what depends on the object with it.
struct DeleteOptions {
  bool dry_run = false;
  std::optional<std::string> uid, resource_version;  // preconditions

  // From the query and the body, which may be empty.
  static Reply<DeleteOptions> of(const Call& call);
};

}  // namespace doorward::rest
