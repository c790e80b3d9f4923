#include "plugins/host/library.hpp"

#include "store/model/names.hpp"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <system_error>
#include <type_traits>

namespace doorward::plugins {
namespace {

constexpr const char* entry_symbol = "doorward_plugin_entry";

// What the first version of the ABI had: a table must reach so far.
constexpr std::size_t least_table_bytes =
    offsetof(doorward_plugin, release) + sizeof(doorward_plugin::release);

std::unexpected<Error> refuse(std::string message) { return fail(ErrorCode::invalid, std::move(message)); }

std::string for_people(const char* text) {
  return text == nullptr ? std::string() : quoted(std::string_view(text, strnlen(text, 1'024)));
}

// What speaks against the table, or nothing.
std::string fault_of(const doorward_plugin& table) {
  if (table.open == nullptr || table.close == nullptr) return "has no `open` or no `close`: both are needed";
  if (table.verify == nullptr && table.mechanisms == nullptr)
    return "can do nothing: give it `verify`, or `mechanisms` with `start` and `step`";
  if (table.mechanisms != nullptr && (table.start == nullptr || table.step == nullptr))
    return "names mechanisms and has no `start` or no `step`: all three belong together";
  return {};
}

}  // namespace

Library::Library(const doorward_plugin& table)
    : table_(table), name_(for_people(table.name)), version_(for_people(table.version)) {}

Result<std::shared_ptr<const Library>> Library::load(const std::filesystem::path& directory,
                                                     std::string_view name) {
  if (!is_plugin_name(name))
    return refuse(quoted(name) + " is no name of a plugin: use at most 64 of a-z, 0-9, '-' and '_', no path");
  return load_file(directory / (std::string(name) + ".so"));
}

Result<std::shared_ptr<const Library>> Library::load_file(const std::filesystem::path& file) {
  const std::string shown = quoted(file.native(), 256);
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored))
    return refuse("there is no plugin " + shown + ": put the file there, or correct the name");
  // An absolute path, so that no search path of the loader comes in.
  void* handle = dlopen(std::filesystem::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    const char* why = dlerror();
    return refuse(shown + " cannot be loaded: " + (why == nullptr ? "no reason given" : quoted(why, 512)));
  }
  using Entry = std::remove_pointer_t<decltype(&doorward_plugin_entry)>;
  const auto entry = reinterpret_cast<Entry*>(dlsym(handle, entry_symbol));
  if (entry == nullptr)
    return refuse(shown + " is no plugin of doorward: it exports no function " + entry_symbol);
  auto library = of_table(entry(DOORWARD_PLUGIN_ABI));
  if (!library) return refuse(shown + " " + library.error().message);
  return library;
}

Result<std::shared_ptr<const Library>> Library::of_table(const doorward_plugin* table) {
  const std::string ours = std::to_string(DOORWARD_PLUGIN_ABI);
  if (table == nullptr)
    return refuse("does not speak version " + ours +
                  " of the plugin ABI: build it with this doorward's header");
  if (table->abi != DOORWARD_PLUGIN_ABI)
    return refuse("speaks version " + std::to_string(table->abi) + " of the plugin ABI, and this is " + ours +
                  ": build it with this doorward's header");
  if (table->size < least_table_bytes)
    return refuse("has a table of " + std::to_string(table->size) + " bytes, and the ABI has " +
                  std::to_string(least_table_bytes) + ": set `size` to sizeof(doorward_plugin)");
  doorward_plugin copy{};
  std::memcpy(&copy, table, std::min(table->size, sizeof copy));
  copy.size = sizeof copy;
  if (std::string fault = fault_of(copy); !fault.empty()) return refuse(std::move(fault));
  return std::shared_ptr<const Library>(new Library(copy));
}

}  // namespace doorward::plugins
