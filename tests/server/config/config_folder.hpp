#pragma once
// A folder of its own for each test of the configuration, with a doorward.yaml and what it names.
#include "server/config/config.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace doorward {

class ConfigFolder : public ::testing::Test {
 protected:
  ConfigFolder() {
    std::string name = ::testing::TempDir() + "doorward-config-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~ConfigFolder() override { std::filesystem::remove_all(folder_); }

  std::string path(std::string_view name) const { return (folder_ / name).native(); }

  std::string write(std::string_view name, std::string_view text) const {
    std::ofstream(folder_ / name) << text;
    return path(name);
  }

  // The flags, with a doorward.yaml of that text.
  ConfigFlags with_file(std::string_view text) const { return {.config = write("doorward.yaml", text)}; }

  // The faults as a person reads them; the folder's name is left out.
  std::vector<std::string> faults(const ConfigFlags& flags) const {
    std::vector<std::string> texts;
    const auto config = load_config(flags);
    if (config) return texts;
    for (const resources::Fault& fault : config.error()) {
      std::string text = fault.text();
      const std::string name = folder_.native() + "/";
      for (std::size_t at; (at = text.find(name)) != std::string::npos;) text.erase(at, name.size());
      texts.push_back(std::move(text));
    }
    return texts;
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace doorward
