#pragma once
// Every object of a kind, for a table in memory that is made at the start.
#include "store/store.hpp"

#include <functional>
#include <string_view>

namespace doorward::resources {

// Hands each to `take` on the caller's thread, by namespace and name, as of one version, which it answers.
// Some thousand of them are in memory at a time: a page is read while the one before it is taken.
Result<ResourceVersion> each_object(const Store& store, std::string_view kind,
                                    const std::function<void(const StoredObject&)>& take);

}  // namespace doorward::resources
