// See mechanism.hpp: what a mechanism answers that did not ask.
#include "mechanisms/mechanism.hpp"

namespace doorward {

Step Mechanism::resume(const ScramCredential&) { return Failure{SaslCode::sys, LoginReason::internal}; }

Step Mechanism::resume_verified(bool) { return Failure{SaslCode::sys, LoginReason::internal}; }

Step Mechanism::resume_reviewed(const Reviewed&) { return Failure{SaslCode::sys, LoginReason::internal}; }

}  // namespace doorward
