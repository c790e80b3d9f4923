#pragma once
// What doorward keeps: resources with their versions, the login records derived from them, reserved realms,
// keys that replicas share, and the history of changes. Nothing above this interface knows which database is
// behind it; tests/store/contract_test.hpp holds every back end to what is promised here.
//
// Promises:
//  - resourceVersions are one sequence for the whole store, in commit order, never reused;
//  - a commit is atomic and durable when it returns: its objects, its login records and one history row
//    for each change are there after a crash, or none of them;
//  - changes_after(v) never returns a version while a smaller one may still appear;
//  - subscribers are called after the commit, in commit order, outside of any lock of the store's own.
//
// Every function may be called from any thread and may block on the disk, unless it says otherwise.
#include "store/model/realms.hpp"
#include "store/model/result.hpp"
#include "store/model/secret.hpp"
#include "store/model/user.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace doorward {

using ResourceVersion = std::uint64_t;

struct ObjectKey {
  std::string kind;  // plural and group: `messagingusers.user.enmasse.io`
  std::string ns;    // empty for kinds of cluster scope
  std::string name;
  auto operator<=>(const ObjectKey&) const = default;
  std::string text() const;  // `messagingusers.user.enmasse.io NS/NAME`, for messages
};

// A resource as it is kept. `document` is JSON of the whole object without secrets and without the metadata
// fields that stand beside it here.
struct StoredObject {
  ObjectKey key;
  std::string uid;               // RFC 4122 text form, made by the writer, never changed
  ResourceVersion version = 0;   // set by the store
  std::uint64_t generation = 1;  // set by the writer
  std::string created_at;        // RFC 3339, UTC, seconds
  std::string document;
  bool operator==(const StoredObject&) const = default;
};

// What a write says of the login record that belongs to a MessagingUser.
struct LoginRecord {
  Realm realm;
  Username username;
  UserType type = UserType::password;
  std::vector<ScramCredential> credentials;
  std::vector<AddressRule> authorization;
  bool operator==(const LoginRecord&) const = default;
};

// Creates or replaces an object.
struct Put {
  StoredObject object;  // its `version` is ignored
  // 0: the object must not exist (else already_exists). A version: it must be the current one (else conflict,
  // for an object that is gone too). Nothing: whatever is there is replaced.
  std::optional<ResourceVersion> expected;
  // The login record that goes with the object from now on: nothing leaves what is there, an empty optional
  // inside removes it. Two objects with one (realm, username) answer already_exists.
  std::optional<std::optional<LoginRecord>> login;
  // The realm that the object (an AddressSpace) owns from now on, with what a login needs of the space;
  // nothing leaves what is there. `address_space` is the object, whatever it says, and `type` and `ready` are
  // not kept: they are the service's. A realm that another namespace once used, or that another object owns,
  // answers already_exists.
  std::optional<RealmService> realm;
};

// Removes an object, its login record and its hold on a realm (the realm stays reserved for its namespace).
// An object that is not there answers not_found; another version than the expected one, conflict.
struct Delete {
  ObjectKey key;
  std::optional<ResourceVersion> expected;
};

using Write = std::variant<Put, Delete>;

enum class ChangeType : std::uint8_t { added, modified, deleted };

// One row of history. `object` is the object after the change; for `deleted` the last one, with the version
// of the deletion. `logins` are the (realm, username) of the login records that the change touched, the old
// one too where it moved, so that caches drop the right entries.
struct Change {
  ResourceVersion version = 0;
  ChangeType type = ChangeType::added;
  StoredObject object;
  std::vector<std::pair<std::string, std::string>> logins;
};

struct ObjectList {
  std::vector<StoredObject> objects;  // by namespace, then name
  ResourceVersion version = 0;        // of the snapshot that was read
  bool more = false;
};

struct ListRange {
  std::string kind;
  std::optional<std::string> ns;  // nothing: every namespace
  // Continue behind this (namespace, name).
  std::optional<std::pair<std::string, std::string>> after;
  // At most so many. With a limit a list may also end before it, where the objects are large: `more` tells,
  // and never the number of objects. Without one it has all there are, however many.
  std::size_t limit = SIZE_MAX;
  // The objects as they were at this version, so that the pages of one list show one snapshot: `expired` once
  // its history has been compacted away, `invalid` for a version that is not there yet. Nothing: as they are
  // now.
  std::optional<ResourceVersion> at;
};

// A realm that has been used: no other namespace gets it before it is released.
struct ReservedRealm {
  Realm realm;
  std::string ns;
  std::optional<std::string> owner;  // name of the object that owns it now; nothing when nobody does
  bool operator==(const ReservedRealm&) const = default;
};

// The realms that objects own, as these put them, by name.
struct OwnedRealms {
  std::vector<RealmService> realms;  // `type` and `ready` are for whoever knows the services to set
  ResourceVersion version = 0;       // of the snapshot that was read
};

// How long a read may wait where something is in its way.
enum class Patience : std::uint8_t {
  none,          // on an event loop: `unavailable` at once, also where the disk has been slow of late
  some_seconds,  // on a worker
};

class Store {
 public:
  virtual ~Store() = default;

  // All writes or none, in order, each with a version of its own. Answers the versions in the same order. An
  // error names the object that is at fault.
  virtual Result<std::vector<ResourceVersion>> commit(std::span<const Write> writes) = 0;

  virtual Result<StoredObject> get(const ObjectKey& key) const = 0;
  // The object as it was at a version: `not_found` where it was not there, `expired` once that history has
  // been compacted away.
  virtual Result<StoredObject> get_at(const ObjectKey& key, ResourceVersion version) const = 0;
  virtual Result<ObjectList> list(const ListRange& range) const = 0;
  // How many objects of a kind have which text at `status.phase` of their document; empty for those that have
  // none. Reads all of them, though not into memory.
  virtual Result<std::map<std::string, std::uint64_t>> phases(std::string_view kind) const = 0;
  // The version of the last commit.
  virtual Result<ResourceVersion> version() const = 0;

  // History after `version`, oldest first, at most `limit` rows and fewer where the objects are large; none
  // only where there is no more. `expired` once it has been compacted away, nothing for a version that is not
  // there yet.
  virtual Result<std::vector<Change>> changes_after(ResourceVersion version, std::size_t limit) const = 0;
  // Forgets history up to and including `version`, or what there is of it; what is current stays.
  virtual Result<> compact(ResourceVersion version) = 0;

  // The login record of a user, by an indexed point read. `not_found` for an unknown realm as for an unknown
  // user.
  virtual Result<UserSnapshot> find_user(std::string_view realm, std::string_view username,
                                         Patience patience) const = 0;
  // How many credentials of each shape the realm's login records have, the most used first and so many at
  // most; none for a realm without any.
  static constexpr std::size_t max_shapes = 64;
  virtual Result<std::vector<CredentialShape>> credential_shapes(std::string_view realm,
                                                                 Patience patience) const = 0;
  // The login record that goes with an object, for a write that keeps its credentials; `not_found` without
  // one.
  virtual Result<LoginRecord> login_record(const ObjectKey& key) const = 0;

  // Without a look at the objects that own them, of which a service that starts would read thousands.
  virtual Result<OwnedRealms> owned_realms() const = 0;
  // Every realm that has been used, by name.
  virtual Result<std::vector<ReservedRealm>> reserved_realms() const = 0;
  // Ends the reservation of a realm that nobody owns, so that any namespace may take it. `not_found` where it
  // is not reserved; `conflict` while an object owns it.
  virtual Result<> release_realm(const Realm& realm) = 0;

  // 32 random bytes under a name, made at the first call and the same for every replica ever after.
  virtual Result<Secret> shared_key(std::string_view name) = 0;

  // Called after each commit with its changes, on the committing thread and before commit() returns, in
  // commit order. Must be quick and must not write. The subscription ends when the returned handle goes: no
  // call runs after that, so the handle must not be dropped by the call itself.
  using Subscriber = std::function<void(std::span<const Change>)>;
  [[nodiscard]] virtual std::shared_ptr<void> subscribe(Subscriber subscriber) = 0;
};

}  // namespace doorward
