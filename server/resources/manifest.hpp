#pragma once
// From documents to manifests: lists unfolded, kinds known, each object there once, every one valid by
// itself. Pure functions.
#include "server/resources/document/document.hpp"
#include "server/resources/kinds/catalogue.hpp"
#include "server/resources/settings.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace doorward::resources {

struct Manifest {
  const Kind* kind;
  ObjectKey key;
  Document document;
  bool valid = true;
};

struct Manifests {
  std::vector<Manifest> manifests;
  std::vector<Fault> faults;
  std::vector<std::string> remarks;
};

Manifests identify(std::vector<Document> documents, const Settings& settings);

// A fault of one field, where it was written.
Fault fault_of(const Manifest& manifest, FieldError error);

}  // namespace doorward::resources
