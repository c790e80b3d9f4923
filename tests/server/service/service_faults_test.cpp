// The whole service on a store whose disk fails on demand: who is in memory still gets in, nobody is told
// that his password is wrong, no write is acknowledged that is not kept, and all goes on by itself when the
// disk is back.
#include "server/client/api_client.hpp"
#include "server/delegate/delegate.hpp"
#include "server/ops/log.hpp"
#include "server/process/signals.hpp"
#include "server/service/service.hpp"
#include "store/disk_pace.hpp"
#include "store/model/base64.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/sqlite/faulty_vfs.hpp"
#include "tests/store/temporary_directory.hpp"

#include <fstream>
#include <future>
#include <optional>
#include <regex>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

namespace doorward {
namespace {

using nlohmann::json;

constexpr const char* users_path = "/apis/user.enmasse.io/v1beta1/namespaces/team/messagingusers";
constexpr const char* resources_yaml = R"(
apiVersion: admin.enmasse.io/v1beta1
kind: AuthenticationService
metadata: {name: standard, namespace: enmasse-infra}
spec: {type: standard}
---
apiVersion: enmasse.io/v1beta1
kind: AddressSpace
metadata: {name: shop, namespace: team}
spec: {type: standard, plan: small, authenticationService: {name: standard}}
)";

class ServiceFaults : public testing::Test {
 protected:
  ServiceFaults() {
    ignore_broken_pipes();
    std::filesystem::create_directory(folder_ / "resources");
    std::ofstream(folder_ / "resources/all.yaml") << resources_yaml;
    config_.data_dir = folder_ / "data";
    config_.resources.directory = folder_ / "resources";
    config_.threads = 1;
    config_.listeners = {{.address = {.host = "127.0.0.1", .port = 0}}};
    config_.https.address = Address{.host = "127.0.0.1", .port = 0};
    config_.credentials.iterations = ScramCredential::min_iterations;
  }

  // The log says where it listens.
  void start() {
    testing::internal::CaptureStderr();
    auto started = Service::start(config_, [this] { return config_; });
    log::flush(std::chrono::minutes(1));
    log_ = testing::internal::GetCapturedStderr();
    ASSERT_TRUE(started) << started.error().message;
    service_ = std::move(*started);
    std::smatch found;
    ASSERT_TRUE(std::regex_search(log_, found, std::regex("listening amqp=(\\S+)"))) << log_;
    amqp_ = found[1];
    api_ = ApiClient::of_kubeconfig(folder_ / "data/admin.kubeconfig").value();
  }

  // Ok, or why not.
  SaslCode log_in(const std::string& username, const std::string& mechanism = "SCRAM-SHA-256") const {
    delegate::Attempt attempt{.peer = delegate::Peer::parse(amqp_).value(),
                              .realm = "team-shop",
                              .mechanism = mechanism,
                              .username = username,
                              .password = Secret("secret"),
                              .ticket_host = {},
                              .timeout = std::chrono::minutes(1)};
    const auto verdict = delegate::log_in(std::move(attempt));
    if (!verdict) {
      ADD_FAILURE() << verdict.error().message;
      return SaslCode::sys;
    }
    const auto* refused = std::get_if<delegate::Refused>(&verdict->answer);
    return refused == nullptr ? SaslCode::ok : refused->code;
  }

  // The HTTP status. What was acknowledged is remembered.
  int make_user(const std::string& username) {
    const json user = {{"apiVersion", "user.enmasse.io/v1beta1"},
                       {"kind", "MessagingUser"},
                       {"metadata", {{"name", "shop." + username}}},
                       {"spec",
                        {{"username", username},
                         {"authentication", {{"type", "password"}, {"password", base64_encode("secret")}}}}}};
    const auto answer = api_->ask({.method = "POST", .path = users_path, .body = user});
    if (!answer) {
      ADD_FAILURE() << answer.error().message;
      return 0;
    }
    if (answer->ok()) acknowledged_.insert(username);
    return answer->status;
  }

  // A login of somebody whom nobody has looked up yet, and for so long the disk does not answer.
  void let_wait(const std::string& username, std::chrono::milliseconds time) {
    EXPECT_EQ(make_user(username), 201);
    vfs_.hang();
    auto login = std::async(std::launch::async, [&] { return log_in(username); });
    vfs_.wait_for_reads(1);
    std::this_thread::sleep_for(time);
    vfs_.answer();
    EXPECT_EQ(login.get(), SaslCode::ok) << username;
  }

  std::set<std::string> users() {
    std::set<std::string> names;
    const auto answer = api_->ask({.path = users_path});
    for (const json& user : answer.value().body.at("items")) names.insert(user.at("spec").at("username"));
    return names;
  }

  TemporaryDirectory folder_;
  FaultyVfs vfs_{FaultyVfs::For::everybody};
  const log::Writer writer_{log::Writer::Options{}};
  Config config_;
  std::unique_ptr<Service> service_;
  std::string log_;  // up to a point that a test knows
  std::string amqp_;
  std::unique_ptr<ApiClient> api_;
  std::set<std::string> acknowledged_;
};

struct Fault {
  const char* what;
  std::atomic<int> FaultyVfs::* operation;
  int code;
  std::int64_t writes_left = 0;
  bool writes_fail = true;
};

TEST_F(ServiceFaults, of_its_disk_keep_out_nobody_who_is_known_and_lose_nothing_that_was_acknowledged) {
  const Fault faults[] = {
      {"the disk is full", &FaultyVfs::write, SQLITE_FULL},
      {"the disk is full in the middle of a write", &FaultyVfs::write, SQLITE_FULL, 3},
      {"writes fail", &FaultyVfs::write, SQLITE_IOERR_WRITE},
      {"what was written does not reach the disk", &FaultyVfs::sync, SQLITE_IOERR_FSYNC},
      {"another program holds the log", &FaultyVfs::log_lock, SQLITE_BUSY},
      // What has been read before is in memory.
      {"reads fail", &FaultyVfs::read, SQLITE_IOERR_READ, 0, false},
  };
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_EQ(make_user("alice"), 201);
  ASSERT_EQ(log_in("alice"), SaslCode::ok);
  int number = 0;
  for (const Fault& fault : faults) {
    const std::string name = std::to_string(++number);
    ASSERT_EQ(make_user("fresh" + name), 201) << fault.what;
    vfs_.writes_left = fault.writes_left;
    vfs_.*fault.operation = fault.code;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(log_in("alice"), SaslCode::ok) << "known, while " << fault.what;
    const int status = make_user("refused" + name);
    EXPECT_TRUE(status == 503 || (!fault.writes_fail && status == 201)) << status << " while " << fault.what;
    const SaslCode unread = log_in("fresh" + name);
    EXPECT_TRUE(unread == SaslCode::ok || unread == SaslCode::sys_temp)
        << to_string(unread) << " while " << fault.what;
    EXPECT_EQ(log_in("alice"), SaslCode::ok) << "after a write, while " << fault.what;
    vfs_.*fault.operation = 0;
    EXPECT_EQ(make_user("after" + name), 201) << "once it is over that " << fault.what;
    for (const std::string& user : std::vector<std::string>{"alice", "fresh" + name, "after" + name})
      EXPECT_EQ(log_in(user), SaslCode::ok) << user << ", once it is over that " << fault.what;
    EXPECT_EQ(users(), acknowledged_) << fault.what;
  }
  service_.reset();
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(users(), acknowledged_) << "at the next start";
  EXPECT_EQ(log_in("after1"), SaslCode::ok);
}

// With one event loop, so that whatever held it up would hold up everybody.
TEST_F(ServiceFaults, of_a_disk_that_hangs_hold_up_whoever_must_be_looked_up_and_no_loop_once_it_is_known) {
  config_.limits.login_timeout = std::chrono::seconds(5);
  ASSERT_NO_FATAL_FAILURE(start());
  testing::internal::CaptureStderr();
  EXPECT_EQ(make_user("alice"), 201);
  EXPECT_EQ(log_in("alice"), SaslCode::ok);
  // The read that waits may be another's than the login's, which looks up too late then.
  for (int i = 0; i < 20 && !log_.contains("look-ups of users are slow"); ++i) {
    let_wait("slow" + std::to_string(i), DiskPace::usual_slow_from);
    log::flush(std::chrono::minutes(1));
    log_ += testing::internal::GetCapturedStderr();
    testing::internal::CaptureStderr();
  }
  testing::internal::GetCapturedStderr();
  ASSERT_THAT(log_, testing::HasSubstr("look-ups of users are slow"));

  ASSERT_EQ(make_user("fresh"), 201);
  vfs_.hang();
  auto fresh = std::async(std::launch::async, [&] { return log_in("fresh"); });
  vfs_.wait_for_reads(1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(log_in("alice"), SaslCode::ok) << "known, while the disk hangs";
    EXPECT_EQ(log_in("alice", "PLAIN"), SaslCode::ok) << "known, while the disk hangs";
  }
  EXPECT_EQ(fresh.get(), SaslCode::sys_temp) << "when its time is over, and while the disk hangs";
  EXPECT_EQ(log_in("alice"), SaslCode::ok) << "known, while the disk hangs";
  vfs_.answer();
  EXPECT_EQ(log_in("fresh"), SaslCode::ok);
  EXPECT_EQ(make_user("later"), 201);
  EXPECT_EQ(log_in("later"), SaslCode::ok);
  EXPECT_EQ(users(), acknowledged_);
}

TEST_F(ServiceFaults, that_are_there_at_the_start_refuse_it_with_what_to_do_and_leave_the_store_alone) {
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_EQ(make_user("alice"), 201);
  service_.reset();
  const struct {
    const char* what;
    std::atomic<int> FaultyVfs::* operation;
    int code;
    const char* advice;
  } faults[] = {
      {"reads fail", &FaultyVfs::read, SQLITE_IOERR_READ, "answers with errors; check it"},
      {"the database is locked", &FaultyVfs::lock, SQLITE_BUSY, "locked by another program"},
      {"the database is damaged", &FaultyVfs::read, SQLITE_CORRUPT, "doorward restore"},
  };
  for (const auto& fault : faults) {
    vfs_.*fault.operation = fault.code;
    const auto refused = Service::start(config_, [this] { return config_; });
    ASSERT_FALSE(refused) << fault.what;
    EXPECT_THAT(refused.error().message, testing::HasSubstr(fault.advice)) << fault.what;
    EXPECT_THAT(refused.error().message, testing::HasSubstr((folder_ / "data/doorward.db").string()))
        << fault.what;
    vfs_.*fault.operation = 0;
  }
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(users(), acknowledged_);
  EXPECT_EQ(log_in("alice"), SaslCode::ok);
}

}  // namespace
}  // namespace doorward
