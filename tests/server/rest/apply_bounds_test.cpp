// Server-side apply of large documents: what it takes grows as they do, whatever their managers and keys are.
#include "server/resources/kinds/catalogue.hpp"
#include "server/rest/object_view.hpp"
#include "server/rest/server_side_apply.hpp"
#include "tests/server/rest/allocations.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::rest {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr std::size_t MiB = 1u << 20;

class ApplyBounds : public testing::Test {
 protected:
  static json config(const json& annotations) {
    return {{"apiVersion", "user.enmasse.io/v1beta1"},
            {"kind", "MessagingUser"},
            {"metadata", {{"name", "shop.alice"}, {"annotations", annotations}}},
            {"spec", {{"username", "alice"}, {"authentication", {{"type", "federated"}}}}}};
  }
  // `a0: value` and so on.
  static json many(int count, const std::string& value) {
    json annotations = json::object();
    for (int i = 0; i < count; ++i) annotations["a" + std::to_string(i)] = value;
    return annotations;
  }

  Reply<Edited> apply_as(const std::string& manager, const json& wanted, bool force = false) {
    return server_side_apply(kind_, current_, wanted, manager, force);
  }
  // The object as it is after that.
  void take(Reply<Edited> edited) {
    ASSERT_TRUE(edited) << edited.error().message;
    current_.object = edited->object;
    current_.document = edited->object;
    current_.document["metadata"][applied_field] = *edited->applied;
  }

  const resources::Kind& kind_ = *resources::find_kind("messagingusers.user.enmasse.io");
  Current current_;
};

// How often memory is taken for the conflicts, the change by force, and the taking back of `count` fields.
struct Work {
  std::size_t conflicts, force, back;
};

TEST_F(ApplyBounds, take_work_in_proportion_to_the_fields_of_two_managers) {
  const auto work = [this](int count) {
    current_ = {};
    take(apply_as("ci", config(many(count, "1"))));
    Work took{};
    test::begin_counting();
    const auto refused = apply_as("ops", config(many(count, "2")));
    took.conflicts = test::counted().count;
    EXPECT_THAT(refused.error().message, HasSubstr("with " + std::to_string(count) + " conflicts: "));
    test::begin_counting();
    auto forced = apply_as("ops", config(many(count, "2")), true);
    took.force = test::counted().count;
    take(std::move(forced));
    EXPECT_EQ(current_.object["metadata"]["annotations"]["a7"], "2");
    test::begin_counting();
    auto less = apply_as("ops", config(json::object()));
    took.back = test::counted().count;
    EXPECT_TRUE(less->object["metadata"]["annotations"].empty());
    return took;
  };
  const Work few = work(1'000), ten_times = work(10'000);
  EXPECT_LE(ten_times.conflicts, 11 * few.conflicts);
  EXPECT_LE(ten_times.force, 11 * few.force);
  EXPECT_LE(ten_times.back, 11 * few.back);
  EXPECT_LE(ten_times.force, 60u * 10'000);
}

TEST_F(ApplyBounds, take_memory_as_the_documents_do_and_not_as_their_paths) {
  const std::string long_name(MiB, 'k');
  json first = config(json::object()), second = first;
  first["spec"]["odd"][long_name] = many(5'000, "1");
  second["spec"]["odd"][long_name] = many(5'000, "2");
  take(apply_as("ci", first));
  test::begin_counting();
  const auto refused = apply_as("ops", second);
  EXPECT_LE(test::counted().peak_bytes, 64 * MiB) << "5,000 times 1 MiB would be 5 GiB";
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().causes.size(), max_named_conflicts);
  EXPECT_LE(refused.error().message.size(), max_named_conflicts * 1'024);
  EXPECT_THAT(refused.error().message, HasSubstr("with 5000 conflicts: "));
  EXPECT_TRUE(refused.error().message.ends_with(", and 4936 more"));
  take(apply_as("ops", second, true));
  test::begin_counting();
  take(apply_as("ops", config(json::object())));
  EXPECT_LE(test::counted().peak_bytes, 64 * MiB);
  EXPECT_FALSE(current_.object["spec"].contains("odd"));
}

TEST_F(ApplyBounds, name_as_many_conflicts_as_may_be_named) {
  const int most = static_cast<int>(max_named_conflicts);
  take(apply_as("ci", config(many(most + 1, "1"))));
  const Failure all_named = apply_as("ops", config(many(most, "2"))).error();
  EXPECT_EQ(all_named.causes.size(), max_named_conflicts);
  EXPECT_FALSE(all_named.message.ends_with(" more")) << all_named.message;
  const Failure one_not = apply_as("ops", config(many(most + 1, "2"))).error();
  EXPECT_EQ(one_not.causes.size(), max_named_conflicts);
  EXPECT_TRUE(one_not.message.ends_with(", and 1 more")) << one_not.message;
}

TEST_F(ApplyBounds, keep_no_more_of_all_managers_than_two_bodies_bring) {
  const auto with = [&](std::size_t bytes) {
    json wanted = config(json::object());
    wanted["spec"]["authorization"] = json::array({std::string(bytes, 'a')});
    return wanted;
  };
  take(apply_as("a", with(max_applied_bytes / 2)));
  take(apply_as("b", with(max_applied_bytes / 2 - 1'000), true));
  const auto refused = apply_as("b", with(max_applied_bytes / 2), true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, 422);
  EXPECT_THAT(refused.error().message, HasSubstr("takes more than 6291456 bytes: apply it with the name of"));
}

}  // namespace
}  // namespace doorward::rest
