// Watches: every change once and in order, from any version that history reaches, over a restart too.
#include "server/rest/change_log.hpp"
#include "tests/server/rest/house.hpp"

#include <deque>
#include <set>
#include <thread>

namespace doorward::rest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Watches : public House {
 protected:
  using Clock = std::chrono::steady_clock;

  // A client that reads its events one by one.
  class Client {
   public:
    explicit Client(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}

    // The next event; null at the end of the stream, or where none comes in a time that no test should take.
    json next(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
      const auto deadline = Clock::now() + patience;
      while (lines_.empty()) {
        const auto piece = stream_->next(deadline);
        if (!piece) return nullptr;
        if (piece->empty() && Clock::now() >= deadline) return nullptr;
        rest_ += *piece;
        for (std::size_t end; (end = rest_.find('\n')) != std::string::npos; rest_.erase(0, end + 1))
          lines_.push_back(rest_.substr(0, end));
      }
      const json event = json::parse(lines_.front());
      lines_.pop_front();
      return event;
    }
    // What is there already, as `ADDED shop.a`.
    std::vector<std::string> seen() {
      std::vector<std::string> found;
      for (json event = next({}); !event.is_null(); event = next({})) found.push_back(text(event));
      return found;
    }
    static std::string text(const json& event) {
      const json& object = event["object"];
      const std::string type = event["type"];
      if (type == "BOOKMARK") return type;
      if (type == "ERROR") return type + " " + object["reason"].get<std::string>();
      return type + " " + object["metadata"]["name"].get<std::string>();
    }
    void stop() { stream_->stop(); }

   private:
    std::shared_ptr<Stream> stream_;
    std::string rest_;
    std::deque<std::string> lines_;
  };

  Client watch(const std::string& query) {
    Response response = api_->handle(request("GET", users_path + "?watch=true" + query));
    EXPECT_TRUE(response.stream) << response.body;
    return Client(response.stream);
  }
  Client watch_from(ResourceVersion version) { return watch("&resourceVersion=" + std::to_string(version)); }
  void make(const std::string& name, const std::string& label = "") {
    json object = federated(name);
    if (!label.empty()) object["metadata"]["labels"] = {{"app", label}};
    ASSERT_EQ(post(users_path, object).status, 201);
  }
  void label(const std::string& name, const std::string& value) {
    ASSERT_EQ(patch(users_path + "/" + name, {{"metadata", {{"labels", {{"app", value}}}}}}).status, 200);
  }
};

TEST_F(Watches, tell_every_change_after_a_version) {
  make("shop.before");
  Client client = watch_from(version());
  EXPECT_THAT(client.seen(), IsEmpty());
  make("shop.a");
  label("shop.a", "x");
  ASSERT_EQ(remove(users_path + "/shop.a").status, 200);
  const json added = client.next(), modified = client.next(), deleted = client.next();
  EXPECT_EQ(Client::text(added), "ADDED shop.a");
  EXPECT_EQ(Client::text(modified), "MODIFIED shop.a");
  EXPECT_EQ(Client::text(deleted), "DELETED shop.a");
  EXPECT_EQ(deleted["object"]["metadata"]["resourceVersion"], std::to_string(version()));
  EXPECT_EQ(deleted["object"]["metadata"]["labels"]["app"], "x") << "the last state";
  EXPECT_THAT(client.seen(), IsEmpty());
}

TEST_F(Watches, replay_history_over_a_restart) {
  const auto from = version();
  make("shop.a");
  make("shop.b");
  restart();
  make("shop.c");
  EXPECT_THAT(watch_from(from).seen(), ElementsAre("ADDED shop.a", "ADDED shop.b", "ADDED shop.c"));
}

TEST_F(Watches, begin_with_what_is_there_where_no_version_is_named) {
  make("shop.a");
  make("shop.b");
  for (const char* query : {"", "&resourceVersion=0"}) {
    Client client = watch(query);
    EXPECT_THAT(client.seen(), ElementsAre("ADDED shop.a", "ADDED shop.b"));
  }
}

TEST_F(Watches, send_initial_events_and_say_where_they_end) {
  make("shop.a");
  Client client = watch("&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
  EXPECT_EQ(Client::text(client.next()), "ADDED shop.a");
  const json bookmark = client.next();
  EXPECT_EQ(bookmark["type"], "BOOKMARK");
  EXPECT_EQ(bookmark["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
  EXPECT_EQ(bookmark["object"]["metadata"]["resourceVersion"], std::to_string(version()));
  make("shop.b");
  EXPECT_EQ(Client::text(client.next()), "ADDED shop.b");
  EXPECT_EQ(get(users_path + "?watch=true&sendInitialEvents=true").status, 422);
  EXPECT_EQ(get(users_path + "?watch=true&resourceVersionMatch=NotOlderThan").status, 422);
}

TEST_F(Watches, end_when_their_time_is_over_and_say_how_far_they_came) {
  const auto begin = Clock::now();
  Client client =
      watch("&timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion=" + std::to_string(version()));
  ASSERT_EQ(
      post(spaces_path, {{"metadata", {{"name", "shop"}}}, {"spec", {{"type", "brokered"}, {"plan", "p"}}}})
          .status,
      201);
  const json bookmark = client.next();
  EXPECT_EQ(bookmark["type"], "BOOKMARK");
  EXPECT_EQ(bookmark["object"]["metadata"]["resourceVersion"], std::to_string(version()))
      << "of changes of other kinds";
  EXPECT_TRUE(client.next().is_null());
  EXPECT_GE(Clock::now() - begin, std::chrono::seconds(1));
}

TEST_F(Watches, send_bookmarks_between) {
  watch_times_.bookmarks = std::chrono::milliseconds(5);
  restart();
  Client client = watch("&allowWatchBookmarks=true&resourceVersion=" + std::to_string(version()));
  ASSERT_TRUE(apply(resources::service));
  EXPECT_EQ(client.next()["object"]["metadata"]["resourceVersion"], std::to_string(version()));
}

TEST_F(Watches, of_what_a_selector_chooses_see_objects_come_and_go) {
  make("shop.a", "x");
  make("shop.b", "y");
  Client client = watch("&labelSelector=app%3Dx&resourceVersion=" + std::to_string(version()));
  label("shop.b", "x");  // comes in
  label("shop.b", "z");  // goes out
  label("shop.b", "y");  // was not there
  label("shop.a", "y");
  ASSERT_EQ(remove(users_path + "/shop.b").status, 200);
  const json came = client.next(), went = client.next(), other = client.next();
  EXPECT_EQ(Client::text(came), "ADDED shop.b");
  EXPECT_EQ(Client::text(went), "DELETED shop.b");
  EXPECT_EQ(went["object"]["metadata"]["labels"]["app"], "x") << "as it was known";
  EXPECT_EQ(Client::text(other), "DELETED shop.a");
  EXPECT_THAT(client.seen(), IsEmpty());
}

TEST_F(Watches, are_of_one_object_or_namespace_where_that_is_asked) {
  const auto from = std::to_string(version());
  make("shop.a");
  make("shop.b");
  ASSERT_EQ(post("/apis/user.enmasse.io/v1beta1/namespaces/team2/messagingusers", federated("shop.c")).status,
            201);
  EXPECT_THAT(watch("&resourceVersion=" + from).seen(), ElementsAre("ADDED shop.a", "ADDED shop.b"));
  EXPECT_THAT(watch("&fieldSelector=metadata.name%3Dshop.b&resourceVersion=" + from).seen(),
              ElementsAre("ADDED shop.b"));
  Client all(api_->handle(request("GET", all_users_path + "?watch=1&resourceVersion=" + from)).stream);
  EXPECT_THAT(all.seen(), ElementsAre("ADDED shop.a", "ADDED shop.b", "ADDED shop.c"));
  Client one(api_->handle(request("GET", users_path + "/shop.a?watch=1&resourceVersion=" + from)).stream);
  EXPECT_THAT(one.seen(), ElementsAre("ADDED shop.a"));
}

TEST_F(Watches, are_told_when_history_is_gone) {
  const auto old = version();
  make("shop.a");
  Client slow = watch_from(version());
  make("shop.b");
  ASSERT_TRUE(store_->compact(version()));
  const Answer answer = get(users_path + "?watch=true&resourceVersion=" + std::to_string(old + 1));
  EXPECT_EQ(answer.status, 410);
  EXPECT_EQ(answer.reason(), "Expired");
  EXPECT_THAT(slow.seen(), ElementsAre("ADDED shop.b")) << "still in memory";
}

TEST_F(Watches, that_fell_behind_read_history_and_are_told_when_that_is_gone) {
  make("shop.a");
  Client slow = watch_from(version()), slower = watch_from(version());
  for (std::size_t i = 0; i < ChangeLog::kept + 1; ++i) {
    ASSERT_TRUE(
        store_->commit(std::vector<Write>{Put{.object = {.key = resources::Workbench::user("shop.x"),
                                                         .uid = "x",
                                                         .created_at = "2026-01-01T00:00:00Z",
                                                         .document = "{\"n\":" + std::to_string(i) + "}"}}}));
  }
  std::size_t events = 0;
  ResourceVersion last = 0;
  for (json event = slow.next({}); !event.is_null(); event = slow.next({})) {
    const ResourceVersion now =
        std::stoull(event["object"]["metadata"]["resourceVersion"].get<std::string>());
    EXPECT_TRUE(last == 0 || now == last + 1);
    last = now;
    ++events;
  }
  EXPECT_EQ(events, ChangeLog::kept + 1);
  ASSERT_TRUE(store_->compact(version()));
  EXPECT_THAT(slower.seen(), ElementsAre("ERROR Expired"));
}

TEST_F(Watches, find_the_newest_changes_in_memory_up_to_so_many_bytes) {
  ChangeLog log(*store_);
  const auto commit = [&](std::size_t bytes) {
    const auto made =
        store_->commit(std::vector<Write>{Put{.object = {.key = resources::Workbench::user("shop.x"),
                                                         .uid = "x",
                                                         .created_at = "2026-01-01T00:00:00Z",
                                                         .document = std::string(bytes, 'x')}}});
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_TRUE(store_->compact(version()));  // so that what is not in memory is nowhere
  };
  const auto begin = version();
  for (int i = 0; i < 4; ++i) commit(ChangeLog::kept_bytes / 4);
  EXPECT_EQ(log.after(begin, 100).value().size(), 4u) << "exactly as many bytes as are kept";
  commit(1);
  EXPECT_EQ(log.after(begin, 100).error().code, ErrorCode::expired);
  EXPECT_EQ(log.after(begin + 1, 100).value().size(), 4u);
  commit(ChangeLog::kept_bytes + 1);
  EXPECT_EQ(log.after(begin + 4, 100).error().code, ErrorCode::expired);
  EXPECT_EQ(log.after(begin + 5, 100).value().size(), 1u) << "the newest one is always there";
}

TEST_F(Watches, from_the_future_are_told_the_present) {
  const Answer answer = get(users_path + "?watch=true&resourceVersion=" + std::to_string(version() + 1));
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(answer.body["details"]["causes"][0]["reason"], "ResourceVersionTooLarge");
  EXPECT_EQ(get(users_path + "?watch=true&resourceVersion=x").status, 400);
  EXPECT_EQ(get(users_path + "?watch=true&timeoutSeconds=x").status, 400);
}

TEST_F(Watches, show_one_row_tables_where_tables_are_wanted) {
  accept_ = table_accept;
  Client client = watch_from(version());
  make("shop.a");
  make("shop.b");
  const json first = client.next(), second = client.next();
  EXPECT_EQ(first["object"]["kind"], "Table");
  EXPECT_EQ(first["object"]["rows"][0]["cells"][0], "shop.a");
  EXPECT_FALSE(first["object"]["columnDefinitions"].is_null());
  EXPECT_TRUE(second["object"]["columnDefinitions"].is_null()) << "once is enough";
}

TEST_F(Watches, are_woken_by_a_change_and_by_a_stop) {
  Client client = watch_from(version());
  std::thread writer([&] { make("shop.a"); });
  EXPECT_EQ(Client::text(client.next()), "ADDED shop.a");
  writer.join();
  std::thread stopper([&] { client.stop(); });
  EXPECT_TRUE(client.next().is_null());
  stopper.join();
}

TEST_F(Watches, miss_and_repeat_nothing_while_many_write) {
  constexpr int writers = 3, each = 30;
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(watch_from(version()));
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i)
    threads.emplace_back([&, i] {
      for (int j = 0; j < each; ++j) make("shop.u" + std::to_string(i) + "-" + std::to_string(j));
    });
  for (Client& client : clients) {
    ResourceVersion last = 0;
    std::set<std::string> names;
    for (int i = 0; i < writers * each; ++i) {
      const json event = client.next();
      ASSERT_FALSE(event.is_null());
      const ResourceVersion now =
          std::stoull(event["object"]["metadata"]["resourceVersion"].get<std::string>());
      EXPECT_GT(now, last);
      last = now;
      EXPECT_TRUE(names.insert(event["object"]["metadata"]["name"]).second);
    }
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace doorward::rest
