#pragma once
// The verbs that write: create, update, patch (of four kinds), delete, deletecollection; each says what shall
// become of the object, and ObjectWriter or ObjectRemover does the rest. Any thread.
#include "server/rest/authorizer.hpp"
#include "server/rest/call.hpp"
#include "server/rest/object_remover.hpp"
#include "server/rest/object_writer.hpp"

namespace doorward::rest {

class Writes {
 public:
  Writes(ObjectWriter writer, ObjectRemover remover, const Authorizer& authorizer)
      : writer_(std::move(writer)), remover_(std::move(remover)), authorizer_(authorizer) {}

  Reply<Response> create(const Call& call);
  Reply<Response> update(const Call& call);
  Reply<Response> patch(const Call& call);
  Reply<Response> remove(const Call& call);
  Reply<Response> remove_collection(const Call& call);

 private:
  Reply<Response> apply(const Call& call, const WriteOptions& options);

  ObjectWriter writer_;
  ObjectRemover remover_;
  const Authorizer& authorizer_;
};

// What a deletion answers: of one object, or (null) of a collection.
nlohmann::json deleted_status(const resources::Kind& kind, const nlohmann::json& object);

}  // namespace doorward::rest
