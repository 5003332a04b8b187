#ifndef PERCEPT_SERVER_RPC_CONVERT_JOB_SPEC_H_
#define PERCEPT_SERVER_RPC_CONVERT_JOB_SPEC_H_

#include "absl/status/statusor.h"

#include "percept/v1/job.pb.h"
#include "server/storage/records.h"

namespace percept::rpc {

// Checks every rule of job.proto that needs neither the data set nor another job, and fills in the
// defaults. `init_from` without an index comes as `training::kNewestSnapshot`. InvalidArgument with
// all violations at once.
absl::StatusOr<storage::JobSpec> SpecFromProto(const v1::JobSpec& given);

v1::JobSpec ToProto(const storage::JobSpec& spec);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_CONVERT_JOB_SPEC_H_
