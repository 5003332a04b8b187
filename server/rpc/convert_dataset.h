#ifndef PERCEPT_SERVER_RPC_CONVERT_DATASET_H_
#define PERCEPT_SERVER_RPC_CONVERT_DATASET_H_

#include "absl/status/statusor.h"

#include "percept/v1/dataset.pb.h"
#include "server/data/repositories.h"

namespace percept::rpc {

v1::Dataset ToProto(const data::DatasetRecord& record);

v1::ImageShape ToProto(const data::ImageShape& shape);

// The source of a data set to be made, defaults filled in; ranges are the catalogue's to check.
// InvalidArgument without a source, for one that is the server's to give, and for a name of
// another form.
absl::StatusOr<data::Source> SourceFromProto(const v1::Dataset& dataset);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_CONVERT_DATASET_H_
