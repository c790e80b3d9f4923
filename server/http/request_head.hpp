#pragma once
// What the head of a request says, by the headers that were read here (syntax.hpp) and not by the library's.
// Pure functions, any thread.
#include "server/http/refusal.hpp"
#include "server/http/syntax.hpp"
#include "server/rest/wire/exchange.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace doorward::http {

// The first header of that name; empty: none.
std::string header_of(const HeadSyntax::Headers& headers, std::string_view name);

bool is_known_method(std::string_view method);
// Whether what follows the head of such a request is read.
bool reads_body(std::string_view method);
Refusal unknown_method();

// What head and query say of a request; the rest of it is for whoever knows the connection. A HEAD becomes
// the GET that it asks about.
rest::Request read_head(std::string_view method, std::string_view target, const HeadSyntax::Headers& headers);

// What no request may ask for, whoever sends it. Nothing: it may go on.
std::optional<Refusal> fault_of(std::string_view method, std::string_view target,
                                const HeadSyntax::Headers& headers);

// Whether it asks to be taken for somebody else: some header `Impersonate-...` is there.
bool impersonates(const HeadSyntax::Headers& headers);

}  // namespace doorward::http
