#pragma once
// The deepest check there is: a login of the process by itself, on one of its event loops, with its worker
// pool and a read of its store, in a realm that no listener serves. It is neither counted nor audited. Every
// other loop has to show that it runs. The result is kept for a second, so that whoever asks often costs
// nothing.
#include "server/login/login.hpp"
#include "store/store.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace doorward {

class ReadinessLogin {
 public:
  // Of the store, as CredentialSource has it; an unknown user is an answer.
  using ReadUser =
      std::function<Result<UserSnapshot>(std::string_view realm, std::string_view username, Patience)>;
  struct Parts {
    ReadUser read_user;
    WorkerPool& pool;
    std::vector<LoopExecutor> loops;
    std::chrono::milliseconds patience{900};  // a probe of Kubernetes waits for a second
    std::chrono::milliseconds kept{1'000};    // a result
  };
  // What is given outlives it; it outlives the loops.
  explicit ReadinessLogin(Parts parts);
  ~ReadinessLogin();

  // Empty: a login works; else what does not. Blocks up to `patience`; meanwhile others get the last result.
  // Not on an event loop.
  std::string check();
  // Whether every loop answers within that time.
  bool loops_run(std::chrono::milliseconds patience) const;

 private:
  class Source;
  class Answers;
  // Waits for the one that is under way, or begins one.
  std::string log_in();
  std::shared_ptr<Answers> begin();

  const Parts parts_;
  std::unique_ptr<Source> source_;
  std::unique_ptr<Logins> logins_;
  std::string message_;  // what the client says

  std::mutex checking_;  // and of:
  std::size_t turn_ = 0;
  std::shared_ptr<Answers> under_way_;  // null: none has begun

  std::mutex mutex_;
  std::string result_ = "no login has been tried yet";
  std::chrono::steady_clock::time_point good_until_;
};

}  // namespace doorward
