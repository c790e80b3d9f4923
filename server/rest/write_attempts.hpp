#pragma once
// What all writes of the API have in common: attempts, begun again where somebody else wrote in between; what
// follows from what one of them puts or removes; the commit, told of once it is done. Any thread.
#include "server/resources/changes.hpp"
#include "server/resources/settings.hpp"
#include "server/resources/workspace.hpp"
#include "server/resources/write_turns.hpp"
#include "server/rest/authorizer.hpp"
#include "server/rest/call.hpp"
#include "store/store.hpp"

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::rest {

// Told of each object that a request has written, and of each one whose verifiers it has read, once it is so.
using Told = std::function<void(const Request&, const resources::ObjectChange&)>;

struct Written {
  nlohmann::json object;  // as it is now, or with a dry run would be
  bool created = false;
  std::vector<std::string> warnings;
};

class WriteAttempts {
 public:
  struct Parts {
    Store& store;
    const Authorizer& authorizer;
    const resources::Settings& settings;
    resources::WriteTurns& turns;
    Told told;
  };

  // Another writer came between reading and committing.
  struct Overtaken {};
  template <class T>
  using Attempted = std::expected<Reply<T>, Overtaken>;
  using Turn = resources::WriteTurns::Turn;

  explicit WriteAttempts(Parts parts) : parts_(std::move(parts)) {}

  Store& store() const { return parts_.store; }
  const resources::Settings& settings() const { return parts_.settings; }

  template <class T>
  Reply<T> until_not_overtaken(const Call& call, std::string_view name, bool dry_run,
                               const std::function<Attempted<T>(Turn&)>& attempt) const {
    for (int i = 0; i < max_attempts; ++i) {
      Turn turn = dry_run || (i == 0 && is_large(call)) ? Turn() : parts_.turns.take();
      if (auto outcome = attempt(turn)) return std::move(*outcome);
    }
    return stale(*call.kind, name);
  }

  // What follows from the workspace, as the writes to commit. What can wait (a user beyond its plan) is told
  // to `waits`, and refused where that is null. A conflict names no object that the caller may not read.
  Reply<std::vector<Write>> derive(const rbac::Caller& caller, const resources::Kind& kind,
                                   const ObjectKey& key, resources::Workspace& workspace,
                                   std::string_view now, std::vector<std::string>* waits = nullptr) const;
  // Takes the turn where it is not held.
  void take(Turn& turn) const {
    if (!turn.owns_lock()) turn = parts_.turns.take();
  }
  Attempted<std::vector<ResourceVersion>> commit(const Call& call, std::string_view name,
                                                 resources::Workspace& workspace,
                                                 const std::vector<Write>& writes, ResourceVersion read_at,
                                                 Turn& turn) const;

 private:
  // Who has the turn from the beginning is overtaken by another process alone; but where the user's secrets
  // have changed since its password was derived, it gives the turn back to derive it anew.
  static constexpr int max_attempts = 5;

  // What is prepared without the turn is nearly always done anew where several write; only what is large
  // takes so long that others had better write meanwhile.
  static bool is_large(const Call& call);

  Parts parts_;
};

// The time in RFC 3339.
std::string now_text();

// Of an object that a folder of resources has applied.
void warn_of_owner(const nlohmann::json& document, std::vector<std::string>& warnings);

}  // namespace doorward::rest
