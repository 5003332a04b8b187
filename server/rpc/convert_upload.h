#ifndef PERCEPT_SERVER_RPC_CONVERT_UPLOAD_H_
#define PERCEPT_SERVER_RPC_CONVERT_UPLOAD_H_

#include "absl/status/statusor.h"

#include "percept/v1/dataset_service.pb.h"
#include "server/data/repositories.h"

namespace percept::rpc {

v1::Upload ToProto(const data::UploadRecord& record);

// An upload as a client asks for it, without what the server gives; ranges are `data::Uploads`' to
// check. InvalidArgument for a format that is none.
absl::StatusOr<data::UploadRecord> UploadFromProto(const v1::Upload& upload);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_CONVERT_UPLOAD_H_
