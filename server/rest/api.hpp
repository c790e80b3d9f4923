#pragma once
// The REST API: from a request to its response. Takes the path apart, asks whether the caller may, and hands
// the rest to whoever answers that verb. Knows no HTTP and no socket.
//
// handle() may be called from any thread and at once; it may block on the disk and take PBKDF2. A response
// that streams must be gone before the Api is.
#include "server/resources/settings.hpp"
#include "server/resources/write_turns.hpp"
#include "server/rest/authorizer.hpp"
#include "server/rest/object_writer.hpp"
#include "server/rest/quota.hpp"
#include "server/rest/virtual_resource.hpp"
#include "server/rest/watch.hpp"
#include "server/rest/wire/exchange.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace doorward::rest {

class Api {
 public:
  struct Parts {
    Store& store;
    const Authorizer& authorizer;
    resources::Settings settings;
    resources::WriteTurns& turns;
    Admit admit = {};
    Told told = {};
    InTurn passwords = {};  // null: each on its request's thread, as many as there are
    Quota::Limits quota = {};
    std::vector<VirtualResource> virtual_resources = {};
    // What is no resource and everybody may read: discovery, OpenAPI, the version. Asked for paths that name
    // no resource; nothing where it has no such document.
    std::function<std::optional<Response>(const Request&)> public_documents = {};
    WatchTimes watch_times = {};
  };

  static Result<std::unique_ptr<Api>> make(Parts parts);
  ~Api();

  Response handle(const Request& request);
  // The response that the head of a request calls for, before its body has been read: that the path or the
  // method is none, or that its caller may not ask. Nothing where handle() has to see the body.
  std::optional<Response> refuse(const Request& head) const;

  // Senders may be others now, or unknown: streams that last ask anew who theirs is.
  void identify_anew();

 private:
  struct State;
  explicit Api(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace doorward::rest
