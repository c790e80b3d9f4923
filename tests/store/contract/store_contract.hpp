#pragma once
// The fixture of the store's contract, and the words that its parts share.
#include "store/store.hpp"
#include "tests/store/samples.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {

// An empty place to keep things, which is cleared away with this.
class BackEnd {
 public:
  virtual ~BackEnd() = default;
  // A store on what has been kept so far. The one opened before is gone by then.
  virtual std::unique_ptr<Store> open() = 0;
};

using MakeBackEnd = std::unique_ptr<BackEnd> (*)();

class StoreContract : public ::testing::TestWithParam<MakeBackEnd> {
 protected:
  template <class... Writes>
  Result<std::vector<ResourceVersion>> commit(const Writes&... writes) {
    const std::vector<Write> all = {writes...};
    return store_->commit(all);
  }
  template <class... Writes>
  ErrorCode refusal(const Writes&... writes) {
    const auto result = commit(writes...);
    EXPECT_FALSE(result.has_value()) << "was committed";
    return result ? ErrorCode::internal : result.error().code;
  }
  ResourceVersion must_commit(const Write& write) {
    const auto versions = commit(write);
    EXPECT_TRUE(versions.has_value()) << (versions ? "" : versions.error().message);
    return versions ? versions->back() : 0;
  }
  void reopen() {
    store_.reset();
    store_ = back_end_->open();
  }
  // What is there, as NS/NAME=DOCUMENT.
  std::vector<std::string> listed(const ListRange& range) {
    std::vector<std::string> texts;
    const auto list = store_->list(range);
    EXPECT_TRUE(list.has_value()) << (list ? "" : list.error().message);
    for (const StoredObject& o : list ? list->objects : std::vector<StoredObject>()) {
      texts.push_back(o.key.ns + "/" + o.key.name + "=" + o.document);
    }
    return texts;
  }
  std::vector<ResourceVersion> versions_after(ResourceVersion version) {
    std::vector<ResourceVersion> versions;
    for (const Change& change : store_->changes_after(version, SIZE_MAX).value())
      versions.push_back(change.version);
    return versions;
  }
  bool has_user(std::string_view realm, std::string_view username) {
    return store_->find_user(realm, username, Patience::some_seconds).has_value();
  }

  std::unique_ptr<BackEnd> back_end_ = GetParam()();
  std::unique_ptr<Store> store_ = back_end_->open();
};

namespace contract {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

using namespace samples;
using namespace std::string_literals;

using Logins = std::vector<std::pair<std::string, std::string>>;

inline const std::string users = user_key("").kind;

}  // namespace contract
}  // namespace doorward
