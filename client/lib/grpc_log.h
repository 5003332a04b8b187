#ifndef PERCEPT_CLIENT_LIB_GRPC_LOG_H_
#define PERCEPT_CLIENT_LIB_GRPC_LOG_H_

namespace percept::client {

// Keeps what gRPC says of its inner workings, such as each handshake that fails, off the terminal:
// errors that matter come as statuses. GRPC_VERBOSITY brings it back.
void IgnoreGrpcLog();

}  // namespace percept::client

#endif  // PERCEPT_CLIENT_LIB_GRPC_LOG_H_
