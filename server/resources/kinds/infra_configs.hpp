#pragma once
// BrokeredInfraConfig and StandardInfraConfig: what the plans refer to. They are kept for those who run
// brokers and routers; here they only have to be there for an address space to be ready.
#include "server/resources/kinds/schema.hpp"

namespace doorward::resources {

const Schema& brokered_infra_config_schema();
const Schema& standard_infra_config_schema();

}  // namespace doorward::resources
