#pragma once
// What a write works on: the objects of the store, read as they are asked for, with what the write puts over
// them. The store is not touched before somebody commits writes(). One workspace belongs to one write, on one
// thread.
#include "server/resources/kinds/catalogue.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::resources {

class Workspace {
 public:
  struct Object {
    const Kind* kind = nullptr;
    ObjectKey key;
    std::optional<StoredObject> stored;  // as the store has it; nothing: not there
    nlohmann::json before;               // its document; null: not there
    nlohmann::json document;  // as it shall be: apiVersion, kind, labels and annotations, spec, status
    bool touched = false;     // by the write itself, not by what follows from it

    bool exists() const { return !document.is_null(); }
    bool existed() const { return !before.is_null(); }

   private:
    friend class Workspace;
    bool login_read = false;
    std::optional<LoginRecord> login_before;
    std::optional<LoginRecord> login;
  };

  explicit Workspace(const Store& store) : store_(store) {}

  // A read that failed makes the whole write fail: what is read after it looks empty, and writes() answers
  // the error.
  const std::optional<Error>& error() const { return error_; }
  const Store& store() const { return store_; }

  // Null where there is no such object, or none any more. Pointers live as long as the workspace.
  Object* find(const ObjectKey& key);
  std::vector<Object*> all(std::string_view store_kind);
  // Those of all() whose stored document contains the text, or which this write put.
  std::vector<Object*> all_containing(std::string_view store_kind, std::string_view text);
  // Of an address space, whose name begins theirs: its users, its addresses.
  std::vector<Object*> members_of(std::string_view store_kind, const ObjectRef& address_space);
  // Those of members_of() whose stored document contains the text, or which are here for another reason.
  std::vector<Object*> members_containing(std::string_view store_kind, const ObjectRef& address_space,
                                          std::string_view text);
  // Of this kind, with those that are gone: what the write put or removed, and what differs from the store so
  // far.
  std::vector<Object*> touched(std::string_view store_kind);
  std::vector<Object*> changed(std::string_view store_kind);

  Object& put(const Kind& kind, const ObjectKey& key, nlohmann::json document);
  void remove(const ObjectKey& key);

  // The login record of a user, to be read and changed.
  std::optional<LoginRecord>& login(Object& user);
  const std::optional<LoginRecord>& login_before(Object& user);

  // The generation that the object will have: one more with each change of its spec, secrets included.
  std::uint64_t generation(Object& object);

  // Exactly what differs from the store, each with the version that it was read at. Deletions come first, so
  // that names and realms are free for who takes them over. `now` is the time in RFC 3339.
  Result<std::vector<Write>> writes(std::string_view now);

 private:
  Object& slot(const ObjectKey& key);
  Object& adopt(StoredObject&& stored);
  void read(ListRange range, std::string_view containing, std::string_view name_prefix);
  template <class Wanted>
  std::vector<Object*> select(std::string_view store_kind, Wanted wanted);
  std::vector<Object*> beginning_so(const ObjectKey& first);
  bool login_moves(const Object& object) const;
  Put put_of(Object& object, std::string_view now);

  const Store& store_;
  std::map<ObjectKey, Object> objects_;
  std::set<std::string, std::less<>> whole_kinds_;  // those of which everything has been read
  std::set<ObjectKey> whole_spaces_;                // by kind of members: those of which all have been read
  std::optional<Error> error_;
};

}  // namespace doorward::resources
