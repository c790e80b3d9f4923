#pragma once
// One write of one object, from what it is to what it shall be: edited, validated, prepared, reconciled and
// committed, and begun again where somebody else wrote in between. The one way to the store for every verb
// that writes. Any thread; takes PBKDF2 where a password comes in, in turns.
#include "server/resources/changes.hpp"
#include "server/resources/reconcile.hpp"
#include "server/resources/settings.hpp"
#include "server/resources/workspace.hpp"
#include "server/resources/write_turns.hpp"
#include "server/rest/authorizer.hpp"
#include "server/rest/call.hpp"
#include "server/rest/write_options.hpp"
#include "store/store.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::rest {

// The object as it is: as the API shows it, and its document as it is stored. Both null where it is not
// there.
struct Current {
  nlohmann::json object, document;
  bool exists() const { return !object.is_null(); }
};

// What shall become of it.
struct Edited {
  nlohmann::json object;
  std::vector<std::string> duplicates = {};    // keys that stood twice in what came
  std::optional<nlohmann::json> applied = {};  // what managers applied; nothing: as it was
  bool status_only = false;                    // only its `status` is taken
};

// Asked for each attempt; may look at nothing but what it is given.
using Edit = std::function<Reply<Edited>(const Current&)>;

// A last look at what is valid by itself: whether the caller may turn `before` into just that `after` (a role
// that grants more than the caller holds). `before` is null where the object is new; a deletion grants
// nothing and is not asked.
using Admit = std::function<Reply<>(const Call&, const ObjectKey&, const nlohmann::json& before,
                                    const nlohmann::json& after)>;

// Told of each object that a request has written, and of each one whose verifiers it has read, once it is so.
using Told = std::function<void(const Request&, const resources::ObjectChange&)>;

// Has `work` done, on whatever thread, when it is the turn of that namespace, and returns when it is done.
// False where its turn did not come by `until`: nothing was done then.
using InTurn = std::function<bool(std::string_view ns, std::chrono::steady_clock::time_point until,
                                  const std::function<void()>& work)>;

struct Written {
  nlohmann::json object;  // as it is now, or with a dry run would be
  bool created = false;
  std::vector<std::string> warnings;
};

class ObjectWriter {
 public:
  struct Parts {
    Store& store;
    const Authorizer& authorizer;
    const resources::Settings& settings;
    resources::WriteTurns& turns;
    Admit admit;
    Told told;
    InTurn passwords;  // takes PBKDF2; null: at once
  };

  explicit ObjectWriter(Parts parts) : parts_(std::move(parts)) {}

  Reply<Written> write(const Call& call, const ObjectKey& key, const WriteOptions& options, const Edit& edit);
  // Removes an object, and what depends on it; answers the last of it.
  Reply<Written> remove(const Call& call, const DeleteOptions& options);
  // Removes all that match, and what depends on them, in one commit; answers its warnings.
  Reply<std::vector<std::string>> remove_all(const Call& call, const DeleteOptions& options);

 private:
  // Another writer came between reading and committing.
  struct Overtaken {};
  template <class T>
  using Attempted = std::expected<Reply<T>, Overtaken>;
  using Turn = resources::WriteTurns::Turn;

  template <class T>
  Reply<T> until_not_overtaken(const Call& call, std::string_view name, bool dry_run,
                               const std::function<Attempted<T>(Turn&)>& attempt);
  Attempted<Written> write_once(const Call& call, const ObjectKey& key, const WriteOptions& options,
                                const Edit& edit, resources::DerivedPassword& derived, Turn& turn);
  Attempted<Written> remove_once(const Call& call, const DeleteOptions& options, Turn& turn);
  Attempted<std::vector<std::string>> remove_all_once(const Call& call, const DeleteOptions& options,
                                                      Turn& turn);

  // Whether whoever writes may also read that object.
  bool may_get(const Call& call, const ObjectKey& key) const;
  // Has what takes PBKDF2 done in its turn among passwords, and gives back the one at writing before. False
  // where its turn did not come.
  bool derive_password(const Call& call, Turn& turn, const std::function<void()>& work);
  // The object goes into the workspace, its password by derive_password().
  Reply<> prepare(const ObjectKey& key, resources::Workspace& workspace, const resources::Kind& kind,
                  const nlohmann::json& object, resources::DerivedPassword& derived);
  // What follows from the workspace, as the writes to commit. What can wait (a user beyond its plan) is told
  // to `waits`, and refused where that is null.
  Reply<std::vector<Write>> derive(const Call& call, const resources::Kind& kind, const ObjectKey& key,
                                   resources::Workspace& workspace, std::string_view now,
                                   std::vector<std::string>* waits = nullptr);
  Attempted<std::vector<ResourceVersion>> commit(const Call& call, std::string_view name,
                                                 resources::Workspace& workspace,
                                                 const std::vector<Write>& writes, ResourceVersion read_at,
                                                 Turn& turn);
  Reply<> check_username(const resources::Kind& kind, resources::Workspace& workspace,
                         resources::Workspace::Object& user);

  Parts parts_;
};

}  // namespace doorward::rest
