#include "server/rest/reviews.hpp"

#include "server/resources/access_review.hpp"
#include "server/resources/self_reviews.hpp"

#include <string>
#include <utility>

namespace doorward::rest {

using nlohmann::json;

namespace {

const std::string authentication = "authentication.k8s.io";
const std::string authorization = "authorization.k8s.io";

// kubectl asks in the last one from 1.28 on; 1.27 asks in the others only.
constexpr const char* self_subject_versions[] = {"v1alpha1", "v1beta1", "v1"};

VirtualResource self_subject_review(const char* version) {
  return {.group = authentication,
          .version = version,
          .plural = "selfsubjectreviews",
          .kind = "SelfSubjectReview"};
}
VirtualResource self_subject_access_review() {
  return {.group = authorization,
          .version = "v1",
          .plural = "selfsubjectaccessreviews",
          .kind = "SelfSubjectAccessReview"};
}
VirtualResource self_subject_rules_review() {
  return {.group = authorization,
          .version = "v1",
          .plural = "selfsubjectrulesreviews",
          .kind = "SelfSubjectRulesReview"};
}
VirtualResource address_access_review() {
  return {.group = "user.enmasse.io",
          .version = "v1beta1",
          .plural = "addressaccessreviews",
          .kind = "AddressAccessReview",
          .namespaced = true};
}

Reply<json> reply_of(Result<json> review) {
  if (!review) return unprocessable(std::move(review.error().message));
  return std::move(*review);
}

Reply<json> reply_of(std::expected<json, resources::FieldErrors> review) {
  if (review) return std::move(*review);
  std::string message;
  std::vector<Cause> causes;
  for (const resources::FieldError& error : review.error()) {
    message += (message.empty() ? "" : ", ") + error.field + ": " + error.message;
    causes.push_back({"FieldValueInvalid", error.message, error.field});
  }
  Failure failure = unprocessable("AddressAccessReview is invalid: " + message).error();
  failure.causes = std::move(causes);
  return std::unexpected(std::move(failure));
}

}  // namespace

std::vector<VirtualResource> reviews(const resources::PolicyWatch& policy, const Store& store) {
  std::vector<VirtualResource> all;
  for (const char* version : self_subject_versions) {
    all.push_back(self_subject_review(version));
    all.back().create = [](const Request& request, const std::string&, json body) {
      return reply_of(resources::review_self(request.caller, std::move(body)));
    };
  }
  VirtualResource access = self_subject_access_review();
  access.create = [&policy](const Request& request, const std::string&, json body) {
    return reply_of(resources::review_access(*policy.current(), request.caller, std::move(body)));
  };
  VirtualResource rules = self_subject_rules_review();
  rules.create = [&policy](const Request& request, const std::string&, json body) {
    return reply_of(resources::review_rules(*policy.current(), request.caller, std::move(body)));
  };
  VirtualResource address = address_access_review();
  address.create = [&store](const Request&, const std::string& ns, json body) {
    return reply_of(resources::review_address_access(store, ns, std::move(body)));
  };
  for (VirtualResource* one : {&access, &rules, &address}) all.push_back(std::move(*one));
  return all;
}

std::vector<Served> served_reviews() {
  std::vector<Served> served;
  const auto add = [&](const VirtualResource& review, const resources::Schema& schema) {
    served.push_back({.group = review.group,
                      .version = review.version,
                      .plural = review.plural,
                      .kind = review.kind,
                      .namespaced = review.namespaced,
                      .verbs = {"create"},
                      .schema = &schema});
  };
  for (const char* version : self_subject_versions)
    add(self_subject_review(version), resources::self_review_schema());
  add(self_subject_access_review(), resources::self_access_review_schema());
  add(self_subject_rules_review(), resources::self_rules_review_schema());
  add(address_access_review(), resources::access_review_schema());
  return served;
}

}  // namespace doorward::rest
