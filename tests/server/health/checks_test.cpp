// What the health port says of the service, phase by phase.
#include "server/health/checks.hpp"

#include <gtest/gtest.h>

namespace doorward {
namespace {

std::string in_words(const HealthReply& reply) { return std::to_string(reply.status) + " " + reply.body; }

TEST(Checks, of_a_service_that_starts_are_not_run) {
  Checks checks;
  checks.add("login", []() -> std::string {
    ADD_FAILURE() << "its parts may not be there yet";
    return "";
  });
  EXPECT_EQ(in_words(checks.ready({.path = "/readyz"})),
            "503 [-]started failed: the service is starting\n[+]accepting ok\nreadyz check failed\n");
  EXPECT_EQ(in_words(checks.live({.path = "/livez"})), "200 ok");
}

TEST(Checks, that_are_well_say_ok_and_each_by_name_where_asked) {
  Checks checks;
  checks.add("login", [] { return ""; });
  checks.started();
  EXPECT_EQ(in_words(checks.ready({.path = "/readyz"})), "200 ok");
  for (const char* query : {"verbose", "verbose=true", "timeout=1&verbose", "verbose&x"}) {
    EXPECT_EQ(in_words(checks.ready({.path = "/readyz", .query = query})),
              "200 [+]started ok\n[+]accepting ok\n[+]login ok\nreadyz check passed\n")
        << query;
  }
  EXPECT_EQ(in_words(checks.ready({.path = "/readyz", .query = "verboser"})), "200 ok");
}

TEST(Checks, one_that_fails_makes_it_not_ready_and_not_dead) {
  Checks checks;
  checks.add("a", [] { return "no disk"; });
  checks.add("b", [] { return ""; });
  checks.started();
  EXPECT_EQ(in_words(checks.ready({.path = "/readyz"})),
            "503 [+]started ok\n[+]accepting ok\n[-]a failed: no disk\n[+]b ok\nreadyz check failed\n");
  EXPECT_EQ(checks.live({.path = "/livez"}).status, 200u);
}

TEST(Checks, of_a_service_that_ends_are_not_run_any_more) {
  Checks checks;
  bool run = false;
  checks.add("login", [&run] {
    run = true;
    return "";
  });
  checks.started();
  checks.draining();
  checks.started();  // does not come back
  EXPECT_EQ(in_words(checks.ready({.path = "/readyz"})),
            "503 [+]started ok\n[-]accepting failed: the service is ending\nreadyz check failed\n");
  EXPECT_FALSE(run);
}

}  // namespace
}  // namespace doorward
