#pragma once
// Asked before anything else is looked at, so that whoever may not ask gets one answer for what exists and
// for what does not.
#include "policies/rbac.hpp"

#include <cstdint>
#include <string>

namespace doorward::rest {

class Authorizer {
 public:
  struct Decision {
    bool allowed = false;
    std::string reason;  // for the caller: why not, where it may be told
  };

  virtual ~Authorizer() = default;
  // From any thread.
  virtual Decision decide(const rbac::Caller& caller, const rbac::Access& access) const = 0;
  // Rises when decisions may have become others, after they have.
  virtual std::uint64_t revision() const { return 0; }
};

// Lets in whoever is in `system:masters` and nobody else, for an API whose store has no roles in it.
class MastersOnly final : public Authorizer {
 public:
  Decision decide(const rbac::Caller& caller, const rbac::Access&) const override {
    for (const std::string& group : caller.groups) {
      if (group == rbac::masters_group) return {.allowed = true, .reason = {}};
    }
    return {};
  }
};

}  // namespace doorward::rest
