#pragma once
// The protobuf of Kubernetes, as far as kubectl sends it for what is served here: `k8s\0`, then
// `runtime.Unknown` (field 1 TypeMeta, field 2 the object). The messages that are known are tables, and what
// is read becomes the JSON that the same client would have sent. Bounded and without copies of what is
// skipped. Pure function.
//
//   https://protobuf.dev/programming-guides/encoding; field numbers: generated.proto of k8s.io/api and
//   k8s.io/apimachinery
#include "server/rest/wire/failure.hpp"

#include <string_view>

#include <nlohmann/json.hpp>

namespace doorward::rest {

// `expected`: the kind that must be in it; empty: any that is known. Another kind is answered 415, what is
// not well-formed 400.
Reply<nlohmann::json> read_protobuf(std::string_view bytes, std::string_view expected = "");

}  // namespace doorward::rest
