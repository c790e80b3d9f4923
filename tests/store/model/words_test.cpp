// The words that logs, metrics and errors use for the values of the model: dashboards and alerts match on
// them.
#include "store/model/login_fact.hpp"
#include "store/model/user.hpp"

#include <gtest/gtest.h>

namespace doorward {
namespace {

TEST(Words, of_error_codes) {
  const std::pair<ErrorCode, const char*> words[] = {
      {ErrorCode::not_found, "not_found"}, {ErrorCode::already_exists, "already_exists"},
      {ErrorCode::conflict, "conflict"},   {ErrorCode::invalid, "invalid"},
      {ErrorCode::expired, "expired"},     {ErrorCode::unavailable, "unavailable"},
      {ErrorCode::internal, "internal"},
  };
  for (const auto& [code, word] : words) EXPECT_EQ(to_string(code), word);
}

TEST(Words, of_sasl_codes_which_have_the_numbers_of_amqp) {
  const char* words[] = {"ok", "auth", "sys", "sys_perm", "sys_temp"};
  for (std::uint8_t code = 0; code < 5; ++code)
    EXPECT_EQ(to_string(static_cast<SaslCode>(code)), words[code]);
}

TEST(Words, of_reasons) {
  const char* words[] = {"accepted",
                         "wrong_password",
                         "unknown_user",
                         "unknown_realm",
                         "mechanism_not_available",
                         "malformed_message",
                         "unsupported_extension",
                         "channel_binding",
                         "nonce_mismatch",
                         "foreign_authzid",
                         "too_many_steps",
                         "not_a_password_user",
                         "token_malformed",
                         "token_too_long",
                         "token_expired",
                         "token_of_other_audience",
                         "token_rejected",
                         "token_of_other_user",
                         "not_a_service_account",
                         "review_not_configured",
                         "review_misconfigured",
                         "review_unauthorized",
                         "review_forbidden",
                         "review_throttled",
                         "review_redirected",
                         "review_server_error",
                         "review_not_json",
                         "review_malformed",
                         "review_without_user",
                         "review_cut",
                         "review_too_long",
                         "review_certificate",
                         "review_unreachable",
                         "review_timed_out",
                         "reviews_overloaded",
                         "service_not_ready",
                         "store_unavailable",
                         "overloaded",
                         "plan_limit",
                         "bridge_unavailable",
                         "bridge_fault",
                         "audit_unavailable",
                         "timed_out",
                         "peer_gone",
                         "protocol_error",
                         "frame_too_long",
                         "internal"};
  std::uint8_t reason = 0;
  for (const char* word : words) EXPECT_EQ(to_string(static_cast<LoginReason>(reason++)), word);
  EXPECT_EQ(static_cast<LoginReason>(reason - 1), LoginReason::internal) << "a reason without a word";
}

TEST(Words, of_service_types) {
  EXPECT_EQ(to_string(ServiceType::none), "none");
  EXPECT_EQ(to_string(ServiceType::standard), "standard");
  EXPECT_EQ(to_string(ServiceType::external), "external");
}

TEST(UserRecord, answers_the_credential_of_a_hash_or_null) {
  const UserRecord user{.realm = Realm::parse("shop").value(),
                        .username = Username::parse("alice").value(),
                        .credentials = {{.hash = ScramHash::sha512, .salt = "s", .keys = {}}},
                        .authorization = {}};
  EXPECT_EQ(user.credential(ScramHash::sha512), &user.credentials[0]);
  EXPECT_EQ(user.credential(ScramHash::sha1), nullptr);
}

}  // namespace
}  // namespace doorward
