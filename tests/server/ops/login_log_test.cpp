#include "server/ops/login_log.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using ::testing::HasSubstr;

LoginFact fact() {
  return {.login_id = 7,
          .peer = "127.0.0.1:4711",
          .tls = true,
          .realm = "shop",
          .realm_known = true,
          .mechanism = "PLAIN",
          .mechanism_known = true,
          .service_type = ServiceType::standard,
          .username = "alice",
          .container_id = "router-0",
          .outcome = SaslCode::auth,
          .reason = LoginReason::wrong_password,
          .duration = std::chrono::microseconds(1'500)};
}

std::string logged(const LoginFact& login, log::Level level) {
  ::testing::internal::CaptureStderr();
  {
    log::Writer writer({.level = level});
    log_login(login);
  }
  return ::testing::internal::GetCapturedStderr();
}

TEST(LoginLog, says_who_where_how_and_why_in_one_line) {
  EXPECT_THAT(logged(fact(), log::Level::info),
              HasSubstr("info login outcome=auth reason=wrong_password realm=shop mechanism=PLAIN user=alice "
                        "service_type=standard peer=127.0.0.1:4711 tls=true container=router-0 "
                        "held_by=nothing held_ms=0 ms=1.5 login=7\n"));
}

struct LevelCase {
  const char* behaviour;
  std::optional<SaslCode> outcome;
  LoginReason reason;
  log::Level level;
};

TEST(LoginLog, level_follows_whose_fault_it_is) {
  const LevelCase cases[] = {
      {"a success is for debugging", SaslCode::ok, LoginReason::accepted, log::Level::debug},
      {"a wrong password is information", SaslCode::auth, LoginReason::wrong_password, log::Level::info},
      {"a peer that left is information", std::nullopt, LoginReason::peer_gone, log::Level::info},
      {"a store that is gone is a warning", SaslCode::sys_temp, LoginReason::store_unavailable,
       log::Level::warning},
      {"a defect is a warning", SaslCode::sys, LoginReason::internal, log::Level::warning},
      {"a defect without outcome is a warning", std::nullopt, LoginReason::internal, log::Level::warning},
  };
  for (const LevelCase& c : cases) {
    LoginFact login = fact();
    login.outcome = c.outcome;
    login.reason = c.reason;
    EXPECT_EQ(level_of(login), c.level) << c.behaviour;
  }
}

TEST(LoginLog, a_success_costs_no_line_at_the_usual_level) {
  LoginFact login = fact();
  login.outcome = SaslCode::ok;
  login.reason = LoginReason::accepted;
  EXPECT_EQ(logged(login, log::Level::info), "");
  EXPECT_THAT(logged(login, log::Level::debug), HasSubstr("debug login outcome=ok reason=accepted"));
}

TEST(LoginLog, an_exchange_without_outcome_is_called_aborted) {
  LoginFact login = fact();
  login.outcome.reset();
  login.reason = LoginReason::timed_out;
  login.service_type.reset();
  EXPECT_THAT(logged(login, log::Level::info), HasSubstr("login outcome=aborted reason=timed_out realm=shop "
                                                         "mechanism=PLAIN user=alice service_type=unknown"));
}

}  // namespace
}  // namespace doorward
