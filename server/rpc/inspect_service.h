#ifndef PERCEPT_SERVER_RPC_INSPECT_SERVICE_H_
#define PERCEPT_SERVER_RPC_INSPECT_SERVICE_H_

#include "percept/v1/inspect_service.grpc.pb.h"
#include "server/base/clock.h"
#include "server/base/thread_pool.h"
#include "server/data/catalogue.h"
#include "server/inspect/evaluate.h"
#include "server/rpc/snapshot_lookup.h"
#include "server/storage/repositories.h"
#include "server/training/scheduler.h"

namespace percept::rpc {

// See proto/percept/v1/inspect_service.proto. Methods not overridden here answer Unimplemented.
class InspectService final : public v1::InspectService::CallbackService {
 public:
  // All must outlive the service.
  InspectService(training::Scheduler* scheduler, data::Catalogue* catalogue,
                 const storage::SnapshotRepository* snapshots, ThreadPool* pool, const Clock* clock)
      : scheduler_(scheduler),
        catalogue_(catalogue),
        snapshots_(snapshots),
        pool_(pool),
        clock_(clock) {}

  grpc::ServerUnaryReactor* EvaluateTest(grpc::CallbackServerContext* context,
                                         const v1::EvaluateTestRequest* request,
                                         v1::EvaluateTestResponse* response) override;
  grpc::ServerUnaryReactor* EvaluateValidation(grpc::CallbackServerContext* context,
                                               const v1::EvaluateValidationRequest* request,
                                               v1::EvaluateValidationResponse* response) override;

 private:
  // Measures a snapshot on a split of the data set its job trains on.
  absl::StatusOr<inspect::Evaluation> Measure(const FoundSnapshot& found, data::SplitKind split);

  training::Scheduler* const scheduler_;
  data::Catalogue* const catalogue_;
  const storage::SnapshotRepository* const snapshots_;
  ThreadPool* const pool_;
  const Clock* const clock_;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_INSPECT_SERVICE_H_
