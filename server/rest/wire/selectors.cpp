#include "server/rest/wire/selectors.hpp"

#include "server/resources/document/json_access.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <optional>

namespace doorward::rest {

using nlohmann::json;

namespace {

std::unexpected<Failure> bad_labels(std::string_view text, std::string_view why) {
  return bad_request("unable to parse the labelSelector " + quoted(text, 256) + ": " + std::string(why));
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_./").contains(c);
}

// The value as field selectors compare it: numbers and booleans by their text, what is absent as empty.
std::string text_of(const json& object, const std::vector<std::string>& path) {
  const json* at = &object;
  for (const auto& name : path) {
    if (!at->is_object()) return {};
    const auto it = at->find(name);
    if (it == at->end()) return {};
    at = &*it;
  }
  if (at->is_string()) return at->get<std::string>();
  return at->is_primitive() && !at->is_null() ? resources::to_text(*at) : std::string();
}

}  // namespace

class LabelParser {
 public:
  LabelParser(std::string_view text) : text_(text), rest_(text) {}

  Reply<std::vector<Selectors::Requirement>> run() {
    std::vector<Selectors::Requirement> requirements;
    for (skip_spaces(); !rest_.empty(); skip_spaces()) {
      if (requirements.size() == Selectors::max_requirements)
        return bad_labels(text_,
                          "more than " + std::to_string(Selectors::max_requirements) + " requirements");
      auto requirement = one();
      if (!requirement) return std::unexpected(std::move(requirement.error()));
      requirements.push_back(std::move(*requirement));
      skip_spaces();
      if (rest_.empty()) break;
      if (!take(",")) return bad_labels(text_, "a comma belongs between two requirements");
      skip_spaces();
      if (rest_.empty()) return bad_labels(text_, "nothing follows the last comma");
    }
    return requirements;
  }

 private:
  Reply<Selectors::Requirement> one() {
    const bool negated = take("!");
    skip_spaces();
    std::string key(word());
    if (key.empty()) return bad_labels(text_, "a label's name is missing");
    skip_spaces();
    if (negated) return Selectors::Requirement{std::move(key), Selectors::Operator::absent, {}};
    if (take("!=")) return equality(std::move(key), Selectors::Operator::not_in);
    if (take("==") || take("=")) return equality(std::move(key), Selectors::Operator::in);
    if (rest_.empty() || rest_.starts_with(','))
      return Selectors::Requirement{std::move(key), Selectors::Operator::exists, {}};
    const std::string_view op = word();
    if (op != "in" && op != "notin")
      return bad_labels(text_, "use =, ==, !=, in or notin behind a label's name");
    return set(std::move(key), op == "in" ? Selectors::Operator::in : Selectors::Operator::not_in);
  }

  Reply<Selectors::Requirement> equality(std::string key, Selectors::Operator op) {
    skip_spaces();
    return Selectors::Requirement{std::move(key), op, {std::string(word())}};
  }

  Reply<Selectors::Requirement> set(std::string key, Selectors::Operator op) {
    skip_spaces();
    if (!take("(")) return bad_labels(text_, "in and notin need their values in parentheses");
    Selectors::Requirement requirement{std::move(key), op, {}};
    for (;;) {
      skip_spaces();
      requirement.values.emplace_back(word());
      skip_spaces();
      if (take(")")) return requirement;
      if (!take(",")) return bad_labels(text_, "a parenthesis is not closed");
      if (requirement.values.size() == Selectors::max_requirements)
        return bad_labels(text_, "more than " + std::to_string(Selectors::max_requirements) + " values");
    }
  }

  void skip_spaces() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }
  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  std::string_view word() {
    const auto end = std::ranges::find_if_not(rest_, is_word);
    const std::string_view found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(found.size());
    return found;
  }

  std::string_view text_, rest_;
};

Reply<Selectors> Selectors::parse(const resources::Kind& kind, std::string_view labels,
                                  std::string_view fields) {
  Selectors selectors;
  auto requirements = LabelParser(labels).run();
  if (!requirements) return std::unexpected(std::move(requirements.error()));
  selectors.labels_ = std::move(*requirements);

  while (!fields.empty()) {
    const std::string_view term = fields.substr(0, fields.find(','));
    fields.remove_prefix(std::min(term.size() + 1, fields.size()));
    const std::size_t equals = term.find('=');
    if (equals == 0 || equals == std::string_view::npos || selectors.fields_.size() == max_requirements)
      return bad_request("unable to parse the fieldSelector " + quoted(term, 256) +
                         ": use PATH=VALUE or PATH!=VALUE");
    const bool equal = term[equals - 1] != '!';
    std::string_view path = term.substr(0, equals - (equal ? 0 : 1));
    std::string_view value = term.substr(equals + 1);
    if (equal && value.starts_with('=')) value.remove_prefix(1);

    Field field{{}, equal, std::string(value)};
    const bool of_metadata = path == "metadata.name" || path == "metadata.namespace";
    const resources::Schema* schema = &kind.schema;
    for (std::string_view rest = path; !rest.empty();) {
      const std::string_view name = rest.substr(0, rest.find('.'));
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
      const auto* property = schema == nullptr ? nullptr : resources::find_property(*schema, name);
      const bool known = property != nullptr && property->presence != resources::Presence::secret;
      schema = known ? &property->schema : nullptr;
      field.path.emplace_back(name);
    }
    using Type = resources::Schema::Type;
    const bool of_value =
        schema != nullptr &&
        (schema->type == Type::string || schema->type == Type::boolean || schema->type == Type::integer);
    const bool selectable = path.starts_with("spec.") || path.starts_with("status.");
    if (!of_metadata && !(selectable && of_value))
      return bad_request("field label not supported: " + quoted(path, 256) +
                         ": use metadata.name, metadata.namespace, or a field of spec or status that holds "
                         "one value");
    selectors.fields_.push_back(std::move(field));
  }
  return selectors;
}

bool Selectors::matches(const json& object) const {
  const json* labels = labels_.empty() ? nullptr : resources::find_at(object, {"metadata", "labels"});
  for (const Requirement& requirement : labels_) {
    const auto* value = labels != nullptr && labels->is_object() && labels->contains(requirement.key)
                            ? (*labels)[requirement.key].get_ptr<const std::string*>()
                            : nullptr;
    const bool among =
        value != nullptr && std::ranges::find(requirement.values, *value) != requirement.values.end();
    switch (requirement.op) {
      case Operator::exists:
        if (value == nullptr) return false;
        break;
      case Operator::absent:
        if (value != nullptr) return false;
        break;
      case Operator::in:
        if (!among) return false;
        break;
      case Operator::not_in:  // what has no such label, too
        if (among) return false;
        break;
    }
  }
  return std::ranges::all_of(fields_, [&](const Field& field) {
    return (text_of(object, field.path) == field.value) == field.equal;
  });
}

bool Selectors::may_change() const {
  return !labels_.empty() ||
         std::ranges::any_of(fields_, [](const Field& field) { return field.path.front() != "metadata"; });
}

std::string_view Selectors::only_name() const {
  for (const Field& field : fields_) {
    if (field.equal && field.path.front() == "metadata" && field.path.back() == "name") return field.value;
  }
  return {};
}

}  // namespace doorward::rest
