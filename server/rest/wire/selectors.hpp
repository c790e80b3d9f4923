#pragma once
// Which objects a list, a watch or a deletion of a collection is about: label and field selectors in the
// notation of Kubernetes. Values; any thread.
//
//   labels: requirement ( "," requirement )*
//           key | "!" key | key ("=" | "==" | "!=") value | key "in" "(" values ")" | key "notin" "(" values
//           ")"
//   fields: path ("=" | "==" | "!=") value ( "," ... )*
#include "server/rest/wire/failure.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::rest {

class Selectors {
 public:
  static constexpr std::size_t max_requirements = 256;

  static Reply<Selectors> parse(const resources::Kind& kind, std::string_view labels,
                                std::string_view fields);

  // `object` has its metadata, name and namespace included.
  bool matches(const nlohmann::json& object) const;
  bool empty() const { return labels_.empty() && fields_.empty(); }
  // Whether an object that matches may stop doing so: not where only its name is asked for, which never
  // changes.
  bool may_change() const;
  // The one name that can match; empty: more than one can.
  std::string_view only_name() const;

 private:
  enum class Operator { exists, absent, in, not_in };
  struct Requirement {
    std::string key;
    Operator op;
    std::vector<std::string> values;
  };
  struct Field {
    std::vector<std::string> path;
    bool equal;
    std::string value;
  };
  friend class LabelParser;

  std::vector<Requirement> labels_;
  std::vector<Field> fields_;
};

}  // namespace doorward::rest
