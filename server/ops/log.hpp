#pragma once
// The log of the service: one line for each event on standard error, as `key=value` text or as JSON. Any
// thread may log at any time; the line is handed to one writer thread through a bounded queue that drops its
// oldest line when full, so that no event loop ever waits for whoever reads the log.
//
//   log::info("resources applied", {{"directory", dir}, {"created", created}});
//
// The event is a fixed phrase of ours; whatever varies is a field. Strings are quoted and bounded, so that a
// peer can neither break a line nor fill the disk with one. Secrets are the caller's duty: a Secret has no
// way in here.
//
// Nothing is written while no Writer lives: the client commands and the unit tests are silent.
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace doorward::log {

enum class Level : std::uint8_t { trace, debug, info, warning, error, off };
enum class Format : std::uint8_t { text, json };

inline constexpr std::string_view level_names[] = {"trace", "debug", "info", "warning", "error", "off"};
inline constexpr std::string_view format_names[] = {"text", "json"};

// What a field may hold. Strings are views: they live until the call returns.
class Value {
 public:
  using Variant = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  Value(std::string_view text) : value_(text) {}
  Value(const char* text) : value_(std::string_view(text)) {}
  Value(const std::string& text) : value_(std::string_view(text)) {}
  Value(bool value) : value_(value) {}
  Value(double value) : value_(value) {}
  template <std::integral T>
  Value(T value) {
    if constexpr (std::signed_integral<T>) {
      value_ = std::int64_t{value};
    } else {
      value_ = std::uint64_t{value};
    }
  }

  const Variant& get() const { return value_; }

 private:
  Variant value_;
};

struct Field {
  std::string_view key;
  Value value;
};
using Fields = std::initializer_list<Field>;

// Longer strings are cut.
inline constexpr std::size_t max_value_bytes = 1'024;

bool enabled(Level level);
void write(Level level, std::string_view event, Fields fields = {});

inline void trace(std::string_view event, Fields fields = {}) { write(Level::trace, event, fields); }
inline void debug(std::string_view event, Fields fields = {}) { write(Level::debug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::info, event, fields); }
inline void warning(std::string_view event, Fields fields = {}) { write(Level::warning, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::error, event, fields); }

// Takes effect at once, on every thread.
void set_level(Level level);

// The writer thread: one at a time, made before the threads that log and gone after them. Its end writes what
// waits.
class Writer {
 public:
  struct Options {
    Level level = Level::info;
    Format format = Format::text;
    std::size_t queue_lines = 4'096;
    // Each line begins with its priority, `<4>`, which journald takes off (sd-daemon(3)).
    bool journal = false;
  };
  explicit Writer(const Options& options);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

 private:
  struct Queue;
  std::unique_ptr<Queue> queue_;
};

// What has been logged is written, where the living Writer's reader takes it within so much time. Before an
// end that does not wait for the Writer's. Any thread.
bool flush(std::chrono::milliseconds patience);

// Whether standard error leads to journald. `journal_stream`: DEVICE:INODE, as systemd tells it in the
// variable JOURNAL_STREAM (systemd.exec(5)); null: it tells nothing.
bool leads_to_journal(const char* journal_stream);

// Lines that the living Writer has dropped because the queue was full.
std::size_t dropped_lines();

// A line without its time and level, as write() makes it.
std::string format_line(Format format, std::string_view event, Fields fields);

}  // namespace doorward::log
