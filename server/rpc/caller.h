#ifndef PERCEPT_SERVER_RPC_CALLER_H_
#define PERCEPT_SERVER_RPC_CALLER_H_

#include <string>

#include <grpcpp/grpcpp.h>

namespace percept::rpc {

// Who made a call: the name in its metadata `percept-owner`, as far as it is a plain name (at most
// 64 letters, digits and . _ - @), or `anonymous`. A courtesy among people who trust each other.
std::string OwnerOf(const grpc::CallbackServerContext& context);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_CALLER_H_
