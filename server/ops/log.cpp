// The front over spdlog. Callers make the line; the writer thread puts time and level before it and writes
// it, so that the cost on an event loop is one string and one push.
#include "server/ops/log.hpp"

#include "store/model/names.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace doorward::log {
namespace {

std::atomic<Level> current_level{Level::off};
std::atomic<spdlog::logger*> current_logger{nullptr};
std::atomic<spdlog::details::thread_pool*> current_pool{nullptr};
std::atomic<Format> current_format{Format::text};

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::trace:
      return spdlog::level::trace;
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::off:
      break;
  }
  return spdlog::level::off;
}

// Time and level go in front by spdlog's pattern; `%v` is what format_line() made.
constexpr const char* text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
constexpr const char* json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

// `%*`: the level as journald knows it (syslog(3)).
class PriorityFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    out.push_back(priority(message.level));
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<PriorityFlag>(); }

 private:
  static char priority(spdlog::level::level_enum level) {
    if (level >= spdlog::level::err) return '3';
    if (level == spdlog::level::warn) return '4';
    return level == spdlog::level::info ? '6' : '7';
  }
};

std::unique_ptr<spdlog::formatter> formatter_of(const Writer::Options& options) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<PriorityFlag>('*');
  formatter->set_pattern(std::string(options.journal ? "<%*>" : "") +
                         (options.format == Format::text ? text_pattern : json_pattern));
  return formatter;
}

// Fit to stand in a text line without quotes.
bool is_plain(std::string_view text) {
  constexpr std::string_view marks = "-_.:/@+,*";
  return !text.empty() && text.size() <= max_value_bytes && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

void append_json_string(std::string& line, std::string_view text) {
  const bool cut = text.size() > max_value_bytes;
  std::string kept(text.substr(0, max_value_bytes));
  if (cut) kept += "...";
  // ASCII only, and U+FFFD for bad UTF-8: every reader of the log can parse the line.
  line += nlohmann::json(std::move(kept)).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

struct AppendText {
  std::string& line;
  void operator()(std::string_view text) const {
    line += is_plain(text) ? std::string(text) : quoted(text.substr(0, max_value_bytes), max_value_bytes);
    if (text.size() > max_value_bytes) line += "...";
  }
  void operator()(bool value) const { line += value ? "true" : "false"; }
  void operator()(auto number) const { fmt::format_to(std::back_inserter(line), "{}", number); }
};

struct AppendJson {
  std::string& line;
  void operator()(std::string_view text) const { append_json_string(line, text); }
  void operator()(bool value) const { line += value ? "true" : "false"; }
  void operator()(auto number) const { fmt::format_to(std::back_inserter(line), "{}", number); }
};

// Standard error, which tells when the writer thread has come to a flush.
class Sink final : public spdlog::sinks::stderr_sink_st {
 public:
  void flush() override {
    spdlog::sinks::stderr_sink_st::flush();
    const std::lock_guard lock(mutex_);
    ++flushes_;
    flushed_.notify_all();
  }
  // The number of a flush that is about to be asked for. One that the full queue has dropped is missing for
  // good: whoever waits then waits as long as he wants to.
  std::uint64_t next_flush() {
    const std::lock_guard lock(mutex_);
    return ++asked_;
  }
  bool wait_until(std::uint64_t flushes, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return flushed_.wait_for(lock, patience, [&] { return flushes_ >= flushes; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable flushed_;
  std::uint64_t asked_ = 0, flushes_ = 0;
};

std::atomic<Sink*> current_sink{nullptr};

}  // namespace

bool enabled(Level level) {
  return level != Level::off && level >= current_level.load(std::memory_order_relaxed);
}

void set_level(Level level) { current_level.store(level, std::memory_order_relaxed); }

std::string format_line(Format format, std::string_view event, Fields fields) {
  std::string line;
  line.reserve(200);
  if (format == Format::text) {
    line += event;
    for (const Field& field : fields) {
      line += ' ';
      line += field.key;
      line += '=';
      std::visit(AppendText{line}, field.value.get());
    }
  } else {
    line += "\"event\":";
    append_json_string(line, event);
    for (const Field& field : fields) {
      line += ",\"";
      line += field.key;
      line += "\":";
      std::visit(AppendJson{line}, field.value.get());
    }
  }
  return line;
}

void write(Level level, std::string_view event, Fields fields) {
  if (!enabled(level)) return;
  spdlog::logger* logger = current_logger.load(std::memory_order_acquire);
  if (logger == nullptr) return;
  const std::string line = format_line(current_format.load(std::memory_order_relaxed), event, fields);
  // The overload that takes a string view does not read the line as a format string.
  logger->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

struct Writer::Queue {
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<Sink> sink = std::make_shared<Sink>();
  std::shared_ptr<spdlog::async_logger> logger;
};

Writer::Writer(const Options& options) : queue_(std::make_unique<Queue>()) {
  queue_->pool = std::make_shared<spdlog::details::thread_pool>(options.queue_lines, 1);
  queue_->logger = std::make_shared<spdlog::async_logger>("doorward", queue_->sink, queue_->pool,
                                                          spdlog::async_overflow_policy::overrun_oldest);
  queue_->logger->set_level(spdlog::level::trace);  // enabled() decides
  queue_->logger->set_formatter(formatter_of(options));
  current_format.store(options.format, std::memory_order_relaxed);
  current_pool.store(queue_->pool.get(), std::memory_order_release);
  current_sink.store(queue_->sink.get(), std::memory_order_release);
  current_logger.store(queue_->logger.get(), std::memory_order_release);
  set_level(options.level);
}

Writer::~Writer() {
  set_level(Level::off);
  current_logger.store(nullptr, std::memory_order_release);
  current_pool.store(nullptr, std::memory_order_release);
  current_sink.store(nullptr, std::memory_order_release);
  queue_->pool.reset();  // joins the writer thread after the last line
  queue_->logger.reset();
}

bool flush(std::chrono::milliseconds patience) {
  spdlog::logger* logger = current_logger.load(std::memory_order_acquire);
  Sink* sink = current_sink.load(std::memory_order_acquire);
  if (logger == nullptr || sink == nullptr) return true;
  const std::uint64_t flush = sink->next_flush();
  logger->flush();
  return sink->wait_until(flush, patience);
}

bool leads_to_journal(const char* journal_stream) {
  struct stat found{};
  if (journal_stream == nullptr || fstat(STDERR_FILENO, &found) != 0) return false;
  return fmt::format("{}:{}", found.st_dev, found.st_ino) == journal_stream;
}

std::size_t dropped_lines() {
  spdlog::details::thread_pool* pool = current_pool.load(std::memory_order_acquire);
  return pool == nullptr ? 0 : pool->overrun_counter();
}

}  // namespace doorward::log
