#pragma once
// The configuration files of the delegates, as text that says of each line where it is from. Pure functions.
#include "server/render/delegation.hpp"

#include <string>

namespace doorward::render {

// For qdrouterd.conf of qpid-dispatch 1.19.
std::string router_conf(const Delegation& delegation);
// For login.config of Artemis with EnMasse's delegating login module.
std::string broker_login_config(const Delegation& delegation);
// For broker.xml of Artemis: a whole document that holds only what concerns the delegation.
std::string broker_xml(const Delegation& delegation);

}  // namespace doorward::render
