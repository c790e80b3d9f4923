#include "server/rest/wire/json_body.hpp"

#include "server/resources/document/document.hpp"
#include "server/resources/document/yaml.hpp"

#include <utility>

namespace doorward::rest {

using nlohmann::json;

namespace {

// Builds the value as the parser, which does not recurse, comes by. The open containers are a vector, so that
// nothing that is too deep is ever made.
class Builder : public nlohmann::json_sax<json> {
 public:
  Builder(const JsonBounds& bounds) : bounds_(bounds) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    Open& parent = open_.back();
    if (parent.value.contains(name) && body.duplicates.size() < bounds_.duplicates)
      body.duplicates.push_back(path_of(name));
    parent.key = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    error = "the body is not JSON: see byte " + std::to_string(position);
    return false;
  }

  JsonBody body;
  std::string error;
  bool too_many = false;  // values

 private:
  struct Open {
    json value;
    std::string key;  // of an object: whose value comes next
  };

  // Its names may be as long as the body.
  std::string path_of(const std::string& name) const {
    std::string path;
    for (std::size_t i = 0; i + 1 < open_.size() && path.size() <= bounds_.path_bytes; ++i) {
      path = open_[i].value.is_array() ? resources::element(path, open_[i].value.size())
                                       : resources::field(path, start_of(open_[i].key));
    }
    if (path.size() <= bounds_.path_bytes) path = resources::field(path, start_of(name));
    if (path.size() <= bounds_.path_bytes) return path;
    path.resize(bounds_.path_bytes);
    return path + "...";
  }

  std::string_view start_of(std::string_view name) const { return name.substr(0, bounds_.path_bytes + 1); }

  bool open(json empty) {
    if (open_.size() == bounds_.depth) {
      error = "the body nests deeper than " + std::to_string(bounds_.depth) + " levels";
      return false;
    }
    open_.push_back({std::move(empty), {}});
    return true;
  }

  bool close() {
    json value = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(value));
  }

  bool add(json value) {
    if (++values_ > bounds_.values) {
      too_many = true;
      return false;
    }
    if (open_.empty()) {
      body.value = std::move(value);
    } else if (Open& parent = open_.back(); parent.value.is_array()) {
      parent.value.push_back(std::move(value));
    } else {
      parent.value[parent.key] = std::move(value);
    }
    return true;
  }

  const JsonBounds& bounds_;
  std::vector<Open> open_;
  std::size_t values_ = 0;
};

}  // namespace

std::unexpected<Failure> body_too_large(const JsonBounds& bounds) {
  return std::unexpected(Failure{413, "RequestEntityTooLarge",
                                 "the body is larger than " + std::to_string(bounds.bytes) + " bytes"});
}

Reply<JsonBody> read_json(std::string_view text, const JsonBounds& bounds) {
  if (text.size() > bounds.bytes) return body_too_large(bounds);
  Builder builder(bounds);
  if (json::sax_parse(text, &builder)) return std::move(builder.body);
  if (builder.too_many)
    return std::unexpected(Failure{413, "RequestEntityTooLarge",
                                   "the body holds more than " + std::to_string(bounds.values) + " values"});
  return bad_request(builder.error.empty() ? "the body is not JSON" : builder.error);
}

Reply<JsonBody> read_json_or_yaml(std::string_view text, const JsonBounds& bounds) {
  auto body = read_json(text, bounds);
  if (body || body.error().code != 400) return body;
  resources::Reading reading = resources::read_yaml(
      text, "body",
      {.file_bytes = bounds.bytes, .expanded_bytes = 2 * bounds.bytes, .depth = bounds.depth, .faults = 1});
  if (!reading.faults.empty()) return bad_request(reading.faults.front().text());
  if (reading.documents.size() != 1) return bad_request("the body must be one document");
  return JsonBody{std::move(reading.documents.front().value), {}};
}

}  // namespace doorward::rest
