#pragma once
// What the tests of reviews share: a folder, an authority and a server's certificate of it, settings that
// lead there, and somebody who asks and waits.
#include "server/reviews/reviewer.hpp"
#include "tests/server/reviews/fake_api_server.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace doorward {

// One review, as whoever asked for it sees it: the user's name, or `CODE REASON`.
class Asked {
 public:
  void begin(Reviewer& reviewer, std::string_view token,
             const ReviewLine& line = ReviewLine::of_realm("shop")) {
    reviewer.review(Secret(token), line, [this](const Review& review) { said_.set_value(in_words(review)); });
  }
  // Waits for it; each review ends within its time limit.
  std::string ended() { return said_.get_future().get(); }

 private:
  static std::string in_words(const Review& review) {
    if (review) return (*review)->username;
    return std::string(to_string(review.error().code)) + ' ' + std::string(to_string(review.error().reason));
  }
  std::promise<std::string> said_;
};

inline std::string ask(Reviewer& reviewer, std::string_view token) {
  Asked asked;
  asked.begin(reviewer, token);
  return asked.ended();
}

class ReviewHouse : public testing::Test {
 protected:
  ReviewHouse() {
    std::string name = (std::filesystem::temp_directory_path() / "doorward-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    folder = name;
    write("ca.crt", pem(authority));
  }
  ~ReviewHouse() override { std::filesystem::remove_all(folder); }

  void write(const std::string& file, const std::string& content) const {
    std::ofstream(folder / file, std::ios::binary | std::ios::trunc) << content;
  }
  Credential certificate() const { return make_certificate("an API server", 2, &authority); }

  ReviewSettings settings(const std::string& url) const {
    return {.server = {.server = url,
                       .ca = folder / "ca.crt",
                       .client_certificate = {},
                       .client_key = {},
                       .token_file = {},
                       .kubeconfig = {}},
            .audiences = {},
            .timeout = std::chrono::seconds(30),
            .memory = {}};
  }

  std::filesystem::path folder;
  Credential authority = make_certificate("authority of the tests", 1);
};

}  // namespace doorward
