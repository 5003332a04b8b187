#ifndef PERCEPT_SERVER_RPC_SNAPSHOT_SERVICE_H_
#define PERCEPT_SERVER_RPC_SNAPSHOT_SERVICE_H_

#include "percept/v1/snapshot_service.grpc.pb.h"
#include "server/base/thread_pool.h"
#include "server/rpc/file_sender.h"
#include "server/rpc/viewing_handler.h"
#include "server/rpc/watch.h"
#include "server/storage/repositories.h"
#include "server/training/scheduler.h"

namespace percept::rpc {

// The service with callbacks throughout, the watch writing messages that are serialised already.
template <typename Base>
using SnapshotCallbacks = v1::SnapshotService::WithRawCallbackMethod_WatchSnapshots<
    v1::SnapshotService::WithCallbackMethod_ListSnapshots<
        v1::SnapshotService::WithCallbackMethod_GetSnapshot<
            v1::SnapshotService::WithCallbackMethod_GetMetricSeries<
                v1::SnapshotService::WithCallbackMethod_ListEpochs<
                    v1::SnapshotService::WithCallbackMethod_ExportModel<Base>>>>>>;

// See proto/percept/v1/snapshot_service.proto.
class SnapshotService final : public SnapshotCallbacks<v1::SnapshotService::Service> {
 public:
  // All must outlive the service. Exports and series, which take their time, run on `work_pool`,
  // the others on `pool`.
  SnapshotService(training::Scheduler* scheduler, storage::SnapshotRepository* snapshots,
                  const StreamParts& streams, FileBudget* files, ThreadPool* pool,
                  ThreadPool* work_pool)
      : scheduler_(scheduler),
        snapshots_(snapshots),
        streams_(streams),
        files_(files),
        pool_(pool),
        work_pool_(work_pool) {
    MarkMethodRawCallback(ViewingHandler::IndexOf("percept.v1.SnapshotService.WatchSnapshots"),
                          new ViewingHandler([this](auto* context, const auto* request) {
                            return WatchSnapshots(context, request);
                          }));
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchSnapshots(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override;
  grpc::ServerUnaryReactor* ListSnapshots(grpc::CallbackServerContext* context,
                                          const v1::ListSnapshotsRequest* request,
                                          v1::ListSnapshotsResponse* response) override;
  grpc::ServerWriteReactor<v1::GetSnapshotResponse>* GetSnapshot(
      grpc::CallbackServerContext* context, const v1::GetSnapshotRequest* request) override;
  grpc::ServerUnaryReactor* GetMetricSeries(grpc::CallbackServerContext* context,
                                            const v1::GetMetricSeriesRequest* request,
                                            v1::GetMetricSeriesResponse* response) override;
  grpc::ServerUnaryReactor* ListEpochs(grpc::CallbackServerContext* context,
                                       const v1::ListEpochsRequest* request,
                                       v1::ListEpochsResponse* response) override;
  grpc::ServerWriteReactor<v1::ExportModelResponse>* ExportModel(
      grpc::CallbackServerContext* context, const v1::ExportModelRequest* request) override;

 private:
  training::Scheduler* const scheduler_;
  storage::SnapshotRepository* const snapshots_;
  const StreamParts streams_;
  FileBudget* const files_;
  ThreadPool* const pool_;
  ThreadPool* const work_pool_;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_SNAPSHOT_SERVICE_H_
