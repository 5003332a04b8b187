#ifndef PERCEPT_SERVER_RPC_CONVERT_ACCESS_H_
#define PERCEPT_SERVER_RPC_CONVERT_ACCESS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "percept/v1/access.pb.h"
#include "server/base/access.h"

namespace percept::rpc {

// Between what access.proto and server/base/access.h call the same.
v1::Visibility ToProto(Visibility visibility);
v1::Role ToProto(Role role);

// InvalidArgument, naming `field`, for no value of the enumeration and for an unset one.
absl::StatusOr<Visibility> VisibilityFromProto(absl::string_view field, v1::Visibility visibility);

// As above, with the class for an unset one.
absl::StatusOr<Visibility> VisibilityOrDefault(absl::string_view field, v1::Visibility visibility);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_CONVERT_ACCESS_H_
