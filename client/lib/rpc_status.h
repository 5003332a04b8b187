#ifndef PERCEPT_CLIENT_LIB_RPC_STATUS_H_
#define PERCEPT_CLIENT_LIB_RPC_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include <grpcpp/support/status.h>

namespace percept::client {

// Turns the outcome of a call into a status with the same code. What the server said is kept to the
// letter; what the transport says (no connection, no answer in time) is put into a sentence that
// names `server`, the address that was called.
absl::Status ToStatus(const grpc::Status& status, absl::string_view server);

// Whether the call may succeed later without a change: the server is away or stopping.
bool IsTransient(const absl::Status& status);

}  // namespace percept::client

#endif  // PERCEPT_CLIENT_LIB_RPC_STATUS_H_
