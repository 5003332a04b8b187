#ifndef PERCEPT_SERVER_RPC_CONVERT_DATASET_H_
#define PERCEPT_SERVER_RPC_CONVERT_DATASET_H_

#include "absl/status/statusor.h"

#include "percept/v1/dataset.pb.h"
#include "server/data/catalogue.h"

namespace percept::rpc {

v1::Dataset ToProto(const data::DatasetRecord& record);

// The source of a data set to be made, defaults filled in; ranges are the catalogue's to check.
// InvalidArgument without a source, Unimplemented for one this server cannot make.
absl::StatusOr<data::GeneratorSource> SourceFromProto(const v1::Dataset& dataset);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_CONVERT_DATASET_H_
