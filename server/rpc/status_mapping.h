#ifndef PERCEPT_SERVER_RPC_STATUS_MAPPING_H_
#define PERCEPT_SERVER_RPC_STATUS_MAPPING_H_

#include "absl/status/status.h"
#include <grpcpp/support/status.h>

namespace percept::rpc {

// The server's one mapping of errors to the wire: the code of the same name, the message (cut after
// 2,000 bytes), and google.rpc details: BadRequest with the field violations and ErrorInfo with the
// reason (domain `percept`), where the status carries them. Every error has details, if without
// entries, by which clients tell it from one of the transport's.
grpc::Status ToGrpcStatus(const absl::Status& status);

// The answer to a request for which there is no thread and no room to wait.
grpc::Status TooBusy();

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_STATUS_MAPPING_H_
