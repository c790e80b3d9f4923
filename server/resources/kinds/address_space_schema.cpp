#include "server/resources/kinds/address_space_schema.hpp"

#include <string_view>

namespace doorward::resources {

using namespace shape;

const Schema& schema_of_address_space_schemas() {
  static const Schema schema = [] {
    const auto plan = [](std::string_view amounts) {
      return object({{"name", string()},
                     {"displayName", string()},
                     {"description", string()},
                     {amounts, map(number())}});
    };
    return resource("What an address space of one type may choose from.",
                    {{"spec", object({
                                  {"description", string()},
                                  {"authenticationServices", array(string(), "By name.")},
                                  {"plans", array(plan("resourceLimits"), "AddressSpacePlans.")},
                                  {"addressTypes", array(object({
                                                       {"name", string()},
                                                       {"plans", array(plan("resources"), "AddressPlans.")},
                                                   }))},
                              })}});
  }();
  return schema;
}

}  // namespace doorward::resources
