#pragma once
// One write of one object, from what it is to what it shall be: edited, validated, prepared, reconciled and
// committed, and begun again where somebody else wrote in between. The one way to the store for every verb
// that makes an object or changes one. Any thread; takes PBKDF2 where a password comes in, in turns.
#include "server/resources/workspace.hpp"
#include "server/rest/call.hpp"
#include "server/rest/quota.hpp"
#include "server/rest/write_attempts.hpp"
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

// Has `work` done, on whatever thread, when it is the turn of that namespace, and returns when it is done.
// False where its turn did not come by `until`: nothing was done then.
using InTurn = std::function<bool(std::string_view ns, std::chrono::steady_clock::time_point until,
                                  const std::function<void()>& work)>;

class ObjectWriter {
 public:
  // `passwords` takes PBKDF2; null: at once. `quota` must outlive it.
  ObjectWriter(WriteAttempts attempts, Quota& quota, Admit admit, InTurn passwords)
      : attempts_(std::move(attempts)),
        quota_(quota),
        admit_(std::move(admit)),
        passwords_(std::move(passwords)) {}

  Reply<Written> write(const Call& call, const ObjectKey& key, const WriteOptions& options, const Edit& edit);

 private:
  using Turn = WriteAttempts::Turn;

  WriteAttempts::Attempted<Written> write_once(const Call& call, const ObjectKey& key,
                                               const WriteOptions& options, const Edit& edit,
                                               resources::DerivedPassword& derived, Turn& turn);
  // Has what takes PBKDF2 done in its turn among passwords, and gives back the one at writing before. False
  // where its turn did not come.
  bool derive_password(const Call& call, Turn& turn, const std::function<void()>& work);
  // The object goes into the workspace, its password by derive_password().
  Reply<> prepare(const ObjectKey& key, resources::Workspace& workspace, const resources::Kind& kind,
                  const nlohmann::json& object, resources::DerivedPassword& derived);
  Reply<> check_username(const resources::Kind& kind, resources::Workspace& workspace,
                         resources::Workspace::Object& user);

  WriteAttempts attempts_;
  Quota& quota_;
  Admit admit_;
  InTurn passwords_;
};

}  // namespace doorward::rest
