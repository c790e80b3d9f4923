#pragma once
// A question to the health port, and its answer.
#include <string>

namespace doorward {

struct HealthRequest {
  std::string path;    // `/readyz`
  std::string query;   // behind the `?`; may be empty
  std::string accept;  // the header field; may be empty
};

struct HealthReply {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

}  // namespace doorward
