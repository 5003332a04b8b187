#ifndef PERCEPT_SERVER_RPC_INSPECT_SERVICE_H_
#define PERCEPT_SERVER_RPC_INSPECT_SERVICE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "percept/v1/inspect_service.grpc.pb.h"
#include "server/base/clock.h"
#include "server/base/thread_pool.h"
#include "server/data/catalogue.h"
#include "server/inspect/evaluate.h"
#include "server/rpc/file_sender.h"
#include "server/rpc/inspect_subject.h"
#include "server/rpc/shared_answers.h"
#include "server/rpc/snapshot_lookup.h"
#include "server/rpc/step_stream.h"
#include "server/rpc/unary.h"
#include "server/storage/repositories.h"
#include "server/training/scheduler.h"

namespace percept::rpc {

// See proto/percept/v1/inspect_service.proto. What many viewers ask alike of a snapshot is computed
// once and shared.
class InspectService final : public v1::InspectService::CallbackService {
 public:
  // All must outlive the service. `pool` has threads that leave the processors to training.
  InspectService(training::Scheduler* scheduler, data::Catalogue* catalogue,
                 const storage::SnapshotRepository* snapshots, ThreadPool* pool, const Clock* clock)
      : scheduler_(scheduler),
        catalogue_(catalogue),
        snapshots_(snapshots),
        pool_(pool),
        clock_(clock) {}

  grpc::ServerUnaryReactor* Predict(grpc::CallbackServerContext* context,
                                    const v1::PredictRequest* request,
                                    v1::PredictResponse* response) override;
  grpc::ServerUnaryReactor* EvaluateTest(grpc::CallbackServerContext* context,
                                         const v1::EvaluateTestRequest* request,
                                         v1::EvaluateTestResponse* response) override;
  grpc::ServerUnaryReactor* EvaluateValidation(grpc::CallbackServerContext* context,
                                               const v1::EvaluateValidationRequest* request,
                                               v1::EvaluateValidationResponse* response) override;
  grpc::ServerUnaryReactor* DecisionGrid(grpc::CallbackServerContext* context,
                                         const v1::DecisionGridRequest* request,
                                         v1::DecisionGridResponse* response) override;
  grpc::ServerUnaryReactor* Latent(grpc::CallbackServerContext* context,
                                   const v1::LatentRequest* request,
                                   v1::LatentResponse* response) override;
  grpc::ServerUnaryReactor* WeightImages(grpc::CallbackServerContext* context,
                                         const v1::WeightImagesRequest* request,
                                         v1::WeightImagesResponse* response) override;
  grpc::ServerUnaryReactor* Batch(grpc::CallbackServerContext* context,
                                  const v1::BatchRequest* request,
                                  v1::BatchResponse* response) override;
  grpc::ServerUnaryReactor* ConfusionMatrix(grpc::CallbackServerContext* context,
                                            const v1::ConfusionMatrixRequest* request,
                                            v1::ConfusionMatrixResponse* response) override;
  grpc::ServerWriteReactor<v1::ExploreResponse>* Explore(
      grpc::CallbackServerContext* context, const v1::ExploreRequest* request) override;
  grpc::ServerWriteReactor<v1::AttackResponse>* Attack(grpc::CallbackServerContext* context,
                                                       const v1::AttackRequest* request) override;
  grpc::ServerUnaryReactor* Capacity(grpc::CallbackServerContext* context,
                                     const v1::CapacityRequest* request,
                                     v1::CapacityResponse* response) override;

 private:
  // Paths under way at a time, and memory of the models that they go through.
  static constexpr int kMaxPaths = 32;
  static constexpr int64_t kPathBytes = int64_t{1} << 30;
  static constexpr int64_t kSharedBytes = int64_t{64} << 20;

  // Measures a snapshot on a split of the data set its job trains on.
  absl::StatusOr<inspect::Evaluation> Measure(const FoundSnapshot& found, data::SplitKind split,
                                              GoesOn goes_on);
  absl::StatusOr<InspectSubject> FindSubject(const std::string& snapshot);

  // Answers with what `Answer` says, computed once for all who ask the same of the same snapshot.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* AnswerShared(grpc::CallbackServerContext* context,
                                         const Request* request, Response* response);
  // The job that would be made of a spec, of which data set and model alone count.
  absl::StatusOr<storage::JobRecord> JobFor(const v1::JobSpec& asked);

  // Answers on the caller's account of time.
  grpc::ServerUnaryReactor* AnswerMetered(grpc::CallbackServerContext* context,
                                          std::function<absl::Status(GoesOn)> work);

  template <typename Response>
  grpc::ServerWriteReactor<Response>* SendPath(grpc::CallbackServerContext* context,
                                               const auto* request);

  training::Scheduler* const scheduler_;
  data::Catalogue* const catalogue_;
  const storage::SnapshotRepository* const snapshots_;
  ThreadPool* const pool_;
  const Clock* const clock_;
  SharedAnswers answers_{kSharedBytes};
  StreamSlots path_slots_{kMaxPaths};
  FileBudget path_memory_{kPathBytes};
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_INSPECT_SERVICE_H_
