#pragma once
// What libraries leave behind: parsers of HTTP, JSON and YAML copy what they read and give their copies back
// as they are, and a string that grows leaves its old place so. While a WipedFrees lives, whatever its thread
// gives back by `delete` is overwritten first. It is for threads that read passwords and tokens by way of
// such libraries. Logins do without, since they read with our own code, which wipes for itself (secret.hpp).
//
// For that the global operator delete is replaced; whoever does not ask for it pays for a look at a flag.
// Builds with a sanitizer have their own, and there it does nothing.

namespace doorward {

// One thread's. They may be nested.
class WipedFrees {
 public:
  WipedFrees();
  ~WipedFrees();
  WipedFrees(const WipedFrees&) = delete;
  WipedFrees& operator=(const WipedFrees&) = delete;

 private:
  const bool before_;
};

}  // namespace doorward
