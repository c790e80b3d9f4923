#pragma once
// A plugin's shared object: loaded, its versions compared, its table of functions copied with zeros for what
// its author did not know of yet. It stays loaded as long as the process runs, since its threads may run in
// it until then.
#include "plugins/doorward_plugin.h"
#include "store/model/result.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace doorward::plugins {

class Library {
 public:
  // `directory`/`name`.so. `invalid`: the message says what is wrong with the file, and what to do.
  static Result<std::shared_ptr<const Library>> load(const std::filesystem::path& directory,
                                                     std::string_view name);
  static Result<std::shared_ptr<const Library>> load_file(const std::filesystem::path& file);
  // Of a table that is there already, for tests and fuzzing.
  static Result<std::shared_ptr<const Library>> of_table(const doorward_plugin* table);

  const doorward_plugin& table() const { return table_; }
  const std::string& name() const { return name_; }        // as the plugin calls itself, fit for a log
  const std::string& version() const { return version_; }  // likewise

 private:
  explicit Library(const doorward_plugin& table);

  doorward_plugin table_;
  std::string name_, version_;
};

}  // namespace doorward::plugins
