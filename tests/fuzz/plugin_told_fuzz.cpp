// What comes back from a plugin beside its answers: its table, whose size is the input's; the mechanisms it
// names; what `open` leaves in the buffer for its reason; lines for the log, on their way into it. Memory is
// as long as the plugin says, and not a byte more, so that AddressSanitizer sees a read behind its end.
#include "plugins/host/library.hpp"
#include "plugins/host/told.hpp"
#include "server/ops/log.hpp"
#include "store/model/names.hpp"
#include "tests/fuzz/exchange_input.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>

namespace {

using namespace doorward;
using namespace doorward::plugins;
using fuzz::must;

// Memory of its own of just that size.
std::unique_ptr<char[]> copy(std::string_view bytes, std::size_t size) {
  auto memory = std::make_unique<char[]>(size);
  std::memcpy(memory.get(), bytes.data(), std::min(size, bytes.size()));
  return memory;
}

std::size_t take_number(std::string_view& input, std::size_t bytes) {
  std::uint64_t number = 0;
  const std::size_t there = std::min(bytes, input.size());
  std::memcpy(&number, input.data(), there);
  input.remove_prefix(there);
  return number;
}

// A plugin's functions: their addresses are all that counts here.
int open_it(const doorward_host*, const doorward_settings*, void**, char*, std::size_t) { return 1; }
void close_it(void*) {}
void verify_it(void*, doorward_ticket, const doorward_password*, void**) {}
const char* const* name_them(void*) { return nullptr; }
void start_it(void*, doorward_ticket, const doorward_start*, void**) {}
void step_it(void*, void*, doorward_ticket, doorward_bytes) {}

bool is_clean(std::string_view text) { return is_utf8(text) && !has_control_character(text); }

// The table, as long as it says it is, or some bytes more than this version knows.
void table(std::string_view input) {
  const std::size_t has = take_number(input, 1);
  const bool right_version = take_number(input, 1) % 8 != 0;
  const std::size_t size = take_number(input, has % 2 == 0 ? 1 : 8);
  const std::string name(input.substr(0, 2'000)), version(input.substr(input.size() / 2, 2'000));
  const doorward_plugin full{.size = size,
                             .abi = right_version ? DOORWARD_PLUGIN_ABI : static_cast<std::uint32_t>(has),
                             .reserved = 0,
                             .name = has & 2 ? name.c_str() : nullptr,
                             .version = has & 2 ? version.c_str() : nullptr,
                             .open = has & 4 ? open_it : nullptr,
                             .close = close_it,
                             .check = nullptr,
                             .verify = has & 8 ? verify_it : nullptr,
                             .mechanisms = has & 16 ? name_them : nullptr,
                             .start = has & 32 ? start_it : nullptr,
                             .step = has & 64 ? step_it : nullptr,
                             .cancel = nullptr,
                             .release = nullptr};
  // The size and the version are there in every version of the ABI.
  const std::size_t least = offsetof(doorward_plugin, reserved);
  const auto memory = copy({reinterpret_cast<const char*>(&full), sizeof full},
                           std::clamp<std::size_t>(size, least, sizeof full + 64));
  const auto library = Library::of_table(reinterpret_cast<const doorward_plugin*>(memory.get()));
  if (!library) return must(is_clean(library.error().message), "a message that is unfit for a log");
  must(size >= sizeof full && full.abi == DOORWARD_PLUGIN_ABI,
       "a table that is too small, or of another version");
  const doorward_plugin& taken = (*library)->table();
  must(taken.size == sizeof full && taken.open != nullptr && taken.close != nullptr, "half a table");
  must(taken.verify != nullptr || taken.mechanisms != nullptr, "a plugin that can do nothing");
  must(taken.mechanisms == nullptr || (taken.start != nullptr && taken.step != nullptr),
       "mechanisms without functions");
  must(is_clean((*library)->name()) && is_clean((*library)->version()), "a name that is unfit for a log");
}

// A name for each line of the input.
void mechanisms(std::string_view input) {
  std::vector<std::unique_ptr<char[]>> kept;
  std::vector<const char*> names;
  std::set<std::string> distinct;
  for (std::size_t end = 0; end < input.size() && names.size() < 40; input.remove_prefix(end)) {
    end = std::min(input.find('\n'), input.size());
    const std::string name(input.substr(0, end));
    kept.push_back(copy(name, name.size() + 1));
    names.push_back(kept.back().get());
    distinct.insert(name.c_str());
    end = std::min(end + 1, input.size());
  }
  names.push_back(nullptr);
  names.shrink_to_fit();
  const auto read = read_mechanisms(names.data());
  if (!read) return must(is_clean(read.error().message), "a message that is unfit for a log");
  must(read->size() == names.size() - 1 && read->size() == distinct.size(), "a name was lost, or came twice");
  must(read->size() <= max_mechanisms, "too many mechanisms");
  for (const std::string& name : *read) {
    must(!name.empty() && name.size() <= 20, "a name of a wrong length");
    must(name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == name.npos,
         "a name that is none");
  }
}

void open_reason(std::string_view input) {
  const auto memory = copy(input, input.size());
  const std::string reason = read_open_reason({memory.get(), input.size()});
  must(!reason.empty() && is_clean(reason), "a reason that is unfit for a status");
  must(reason.size() <= 4 * DOORWARD_MAX_REASON + 64, "a reason without a bound");
}

// The size may be more than what is there only where nothing is there.
void log_text(std::string_view input) {
  const bool nothing = take_number(input, 1) == 0;
  const std::size_t size = nothing ? take_number(input, 8) : input.size();
  const auto memory = nothing ? nullptr : copy(input, input.size());
  const std::string_view text = read_log_text({memory.get(), size});
  must(text.size() <= max_log_bytes && text.size() <= input.size(), "a text without a bound");
  must(nothing ? text.empty() : input.starts_with(text), "another text");
  must(is_clean(log::format_line(log::Format::text, "plugin", {{"text", text}})), "a line that is none");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty()) return 0;
  const char what = input.front();
  input.remove_prefix(1);
  switch (what) {
    case 't':
      table(input);
      break;
    case 'm':
      mechanisms(input);
      break;
    case 'o':
      open_reason(input);
      break;
    default:
      log_text(input);
  }
  return 0;
}
