#ifndef PERCEPT_SERVER_RPC_CALLER_H_
#define PERCEPT_SERVER_RPC_CALLER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include <grpcpp/grpcpp.h>

namespace percept::rpc {

// A value of a call's metadata, as long as the call.
std::optional<absl::string_view> MetadataOf(const grpc::ServerContextBase& context,
                                            const char* key);

// Where a call comes from, as far as that is known: the peer, or the browser for whom our own HTTP
// listener asks.
std::string AddressOf(const grpc::ServerContextBase& context);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_CALLER_H_
