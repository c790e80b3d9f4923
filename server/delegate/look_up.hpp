#pragma once
// From a host's name to its addresses, within a deadline. The system's resolver knows no deadline, so it runs
// on a thread of its own, which is left alone when it takes too long.
#include "server/delegate/peer.hpp"
#include "store/model/result.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <netdb.h>

namespace doorward::delegate {

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;
// As getaddrinfo() is called and answers. Must bear that nobody waits for it any more.
using Resolver =
    std::function<int(const char* host, const char* port, const addrinfo* hints, addrinfo** found)>;

// An IP address is answered at once, without the resolver.
Result<AddressList> look_up(const Peer& peer, std::chrono::steady_clock::time_point deadline,
                            const Resolver& resolver = getaddrinfo);

}  // namespace doorward::delegate
