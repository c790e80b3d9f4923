#include "server/audit/writer.hpp"

#include "server/audit/events.hpp"
#include "server/audit/key.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace doorward::audit {

Result<Writer> Writer::open(const std::filesystem::path& file, const std::filesystem::path& keys,
                            std::string version, Sync sync) {
  auto key = read_or_make_key(keys);
  if (!key) return std::unexpected(key.error());
  auto position = PositionFile::open(position_file(keys));
  if (!position) return std::unexpected(position.error());
  auto output = Output::open(file, instance_of(*key), sync);
  if (!output) return std::unexpected(output.error());
  return Writer(file, std::move(*key), std::move(*output), std::move(*position), std::move(version), sync);
}

Writer::Writer(std::filesystem::path file, Secret key, Output output, PositionFile position,
               std::string version, Sync sync)
    : file_(std::move(file)),
      key_(std::move(key)),
      instance_(instance_of(key_)),
      version_(std::move(version)),
      sync_(sync),
      output_(std::move(output)),
      position_(std::move(position)),
      last_(position_.read()) {
  begin();
}

// The file is behind the kept position where its tail was cut: the verifier will see the gap.
void Writer::begin() {
  const Tail& tail = output_.tail();
  if (tail.last.seq >= last_.seq && tail.last.seq > 0) last_ = tail.last;
  torn_bytes_ = tail.torn_bytes;
  open_ended_ = tail.open_ended;
  pending_.push_front({members(std::chrono::system_clock::now(), "opened", version_), true});
}

void Writer::add(std::string members) { pending_.push_back({std::move(members)}); }

bool Writer::write() {
  if (pending_.empty()) return true;
  std::string text = open_ended_ ? "\n" : "";
  Position at = last_;
  struct Mark {
    std::size_t end;  // of a whole line in `text`
    Position position;
  };
  std::vector<Mark> marks;
  const auto put = [&](std::string_view members, Opening opening) {
    text += seal(key_, instance_, at, members, opening) + "\n";
    marks.push_back({text.size(), at});
  };
  const std::size_t mends = torn_bytes_ > 0 ? 1 : 0;
  if (mends > 0) {
    put(members(std::chrono::system_clock::now(), "recovered", version_),
        {.opens = true, .torn_bytes = torn_bytes_});
  }
  for (const Item& item : pending_) put(item.members, {.opens = item.opens});

  const std::size_t done = output_.append(text);
  const auto whole = static_cast<std::size_t>(
      std::ranges::count_if(marks, [&](const Mark& mark) { return mark.end <= done; }));
  if (whole > 0) {
    torn_bytes_ = 0;
    open_ended_ = false;
    last_ = marks[whole - 1].position;
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(whole - mends));
    position_.keep(last_);
  }
  if (done == text.size()) return true;
  const std::size_t kept = whole > 0 ? marks[whole - 1].end : 0;
  if (done > kept && !output_.take_back(done - kept))
    unfinished(std::string_view(text).substr(kept, done - kept));
  return false;
}

// What went out of a line that did not go out whole.
void Writer::unfinished(std::string_view piece) {
  torn_bytes_ += static_cast<std::uint64_t>(std::ranges::count_if(piece, [](char c) { return c != '\n'; }));
  open_ended_ = piece.back() != '\n';
}

Result<> Writer::reopen() {
  if (!output_.moved()) return {};
  output_.flush();
  auto fresh = Output::open(file_, instance_, sync_);
  if (!fresh) return std::unexpected(fresh.error());
  output_ = std::move(*fresh);
  begin();
  return {};
}

}  // namespace doorward::audit
