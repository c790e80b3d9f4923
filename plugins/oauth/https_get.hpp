#pragma once
// One GET over HTTPS by libcurl, on the thread that asks, which waits: no longer than the time limit, nor
// longer than until it is told to stop. Redirects are not followed, no proxy is used, nothing but HTTPS is
// spoken, and where a CA is given nobody else's certificate counts.
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <stop_token>
#include <string>

namespace oauth_bridge {

// The server gives no answer that is one; what() says why, fit for a log.
struct Unreachable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct HttpsGet {
  std::string url;
  std::string ca_file;  // PEM, read at each request, so that it can be replaced; empty: the system's
  std::chrono::milliseconds time_limit{0};
  std::size_t body_bytes = 0;  // at most
};

// The body of an answer with status 200. Throws Unreachable.
std::string https_get(const HttpsGet& request, std::stop_token stop = {});

}  // namespace oauth_bridge
