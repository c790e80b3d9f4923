#pragma once
// The body of a request by its content type: JSON, YAML, or for some kinds the protobuf that kubectl sends.
#include "server/rest/wire/exchange.hpp"
#include "server/rest/wire/json_body.hpp"

namespace doorward::rest {

enum class BodyKind { object, delete_options, review };

// Reviews and options are small, and every caller may ask some reviews.
inline constexpr std::size_t max_review_bytes = 64u << 10;

// 415 for what cannot be read, with what can.
Reply<JsonBody> read_body(const Request& request, BodyKind kind);

// `application/json` of `application/json; charset=utf-8`, in lower case.
std::string media_type(std::string_view content_type);

}  // namespace doorward::rest
