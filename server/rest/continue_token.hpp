#pragma once
// Where a list continues: an opaque token that only this store's servers can make, for one kind, namespace
// and selector, so that a page can never show what its own request was not allowed to see. Any thread.
#include "store/model/secret.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace doorward::rest {

struct Continuation {
  ResourceVersion version = 0;  // of the snapshot that all pages show
  std::string ns, name;         // of the last object that was shown
  bool operator==(const Continuation&) const = default;
};

class ContinueTokens {
 public:
  explicit ContinueTokens(Secret key) : key_(std::move(key)) {}

  // `scope` is everything that the pages of one list have in common.
  std::string make(const Continuation& at, std::string_view scope) const;
  // Nothing for a token that was made up, changed, or made for another list.
  std::optional<Continuation> read(std::string_view token, std::string_view scope) const;

 private:
  std::string mac(std::string_view payload, std::string_view scope) const;

  Secret key_;
};

}  // namespace doorward::rest
