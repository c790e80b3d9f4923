#pragma once
// The text of a list, made piece by piece in the form that the client wants, so that a hundred thousand
// objects never are in memory at once. Belongs to one thread.
#include "server/rest/object_view.hpp"
#include "server/rest/table.hpp"
#include "store/store.hpp"

#include <chrono>
#include <string>

namespace doorward::rest {

class ListText {
 public:
  ListText(const resources::Kind& kind, Form form, IncludeObject include);

  // Everything in front of the first object.
  std::string begin(ResourceVersion version, std::string_view continue_token) const;
  // One object, with the comma between it and the one before.
  std::string item(const nlohmann::json& object);
  std::string end() const { return "]}\n"; }

 private:
  const resources::Kind& kind_;
  Form form_;
  IncludeObject include_;
  std::chrono::sys_seconds now_;
  bool first_ = true;
};

}  // namespace doorward::rest
