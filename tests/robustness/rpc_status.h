#ifndef PERCEPT_TESTS_ROBUSTNESS_RPC_STATUS_H_
#define PERCEPT_TESTS_ROBUSTNESS_RPC_STATUS_H_

#include "absl/status/status.h"
#include <grpcpp/grpcpp.h>

namespace percept::testing {

// The same status, for programs that speak of more than calls.
inline absl::Status ToStatus(const grpc::Status& status) {
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

// Whether a call ended so because the server died, not because it answered so.
inline bool IsServerGone(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsUnknown(status) || absl::IsCancelled(status);
}

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_ROBUSTNESS_RPC_STATUS_H_
