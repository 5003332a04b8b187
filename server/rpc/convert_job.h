#ifndef PERCEPT_SERVER_RPC_CONVERT_JOB_H_
#define PERCEPT_SERVER_RPC_CONVERT_JOB_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "percept/v1/job.pb.h"
#include "server/storage/repositories.h"
#include "server/training/scheduler.h"

namespace percept::rpc {

v1::Metrics ToProto(const storage::Metrics& metrics);
v1::TestEvaluation ToProto(const storage::TestEvaluation& evaluation);
v1::JobProgress ProgressToProto(const training::JobView& view);
// Only for a job that is not finished.
v1::JobWait WaitToProto(const training::JobView& view);
v1::JobRetention RetentionToProto(const training::JobView& view);
v1::Job ToProto(const training::JobView& view);

// The conditions of ListJobsRequest.filter. InvalidArgument naming what was not understood.
absl::StatusOr<storage::JobFilter> FilterFromText(absl::string_view text);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_CONVERT_JOB_H_
