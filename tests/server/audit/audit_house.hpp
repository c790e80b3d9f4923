#pragma once
// What the tests of the audit share: where it writes and keeps its key, and how to wait for what it does.
#include "server/audit/audit.hpp"
#include "tests/store/temporary_directory.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace doorward {

class AuditTest : public ::testing::Test {
 protected:
  std::unique_ptr<Audit> start(std::filesystem::path to, Audit::OnFailure on_failure,
                               std::size_t queue = 1'000) {
    return Audit::start({.file = std::move(to),
                         .keys = keys.path(),
                         .on_failure = on_failure,
                         .queue = queue,
                         .every = std::chrono::milliseconds(5)})
        .value();
  }
  static void wait_until_failing(const Audit& audit, bool failing = true) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (audit.failing() != failing && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    ASSERT_EQ(audit.failing(), failing);
  }
  static std::string scraped(const Audit& audit) {
    metrics::Exposition page(metrics::Format::prometheus);
    audit.collect(page);
    return std::move(page).finish();
  }
  TemporaryDirectory keys, folder;
  const std::filesystem::path file = folder / "audit.jsonl";
};

}  // namespace doorward
