#ifndef PERCEPT_SERVER_RPC_DATASET_SERVICE_H_
#define PERCEPT_SERVER_RPC_DATASET_SERVICE_H_

#include "percept/v1/dataset_service.grpc.pb.h"
#include "server/base/thread_pool.h"
#include "server/data/catalogue.h"
#include "server/data/uploads.h"
#include "server/rpc/file_sender.h"
#include "server/storage/repositories.h"

namespace percept::rpc {

// See proto/percept/v1/dataset_service.proto. Methods not overridden here answer Unimplemented.
class DatasetService final : public v1::DatasetService::CallbackService {
 public:
  // All must outlive the service. What may take long runs on `work_pool`, the rest on
  // `pool`.
  DatasetService(data::Catalogue* catalogue, data::Uploads* uploads,
                 const storage::JobRepository* jobs, FileBudget* files, ThreadPool* pool,
                 ThreadPool* work_pool)
      : catalogue_(catalogue),
        uploads_(uploads),
        jobs_(jobs),
        files_(files),
        pool_(pool),
        work_pool_(work_pool) {}

  grpc::ServerUnaryReactor* CreateDataset(grpc::CallbackServerContext* context,
                                          const v1::CreateDatasetRequest* request,
                                          v1::Dataset* response) override;
  grpc::ServerUnaryReactor* GetDataset(grpc::CallbackServerContext* context,
                                       const v1::GetDatasetRequest* request,
                                       v1::Dataset* response) override;
  grpc::ServerUnaryReactor* ListDatasets(grpc::CallbackServerContext* context,
                                         const v1::ListDatasetsRequest* request,
                                         v1::ListDatasetsResponse* response) override;
  grpc::ServerUnaryReactor* DeleteDataset(grpc::CallbackServerContext* context,
                                          const v1::DeleteDatasetRequest* request,
                                          google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* ShareDataset(grpc::CallbackServerContext* context,
                                         const v1::ShareDatasetRequest* request,
                                         v1::Dataset* response) override;
  grpc::ServerUnaryReactor* ReadExamples(grpc::CallbackServerContext* context,
                                         const v1::ReadExamplesRequest* request,
                                         v1::ReadExamplesResponse* response) override;
  grpc::ServerWriteReactor<v1::ExportDatasetResponse>* ExportDataset(
      grpc::CallbackServerContext* context, const v1::ExportDatasetRequest* request) override;
  grpc::ServerUnaryReactor* CreateUpload(grpc::CallbackServerContext* context,
                                         const v1::CreateUploadRequest* request,
                                         v1::Upload* response) override;
  grpc::ServerUnaryReactor* GetUpload(grpc::CallbackServerContext* context,
                                      const v1::GetUploadRequest* request,
                                      v1::Upload* response) override;
  grpc::ServerUnaryReactor* UploadChunk(grpc::CallbackServerContext* context,
                                        const v1::UploadChunkRequest* request,
                                        v1::Upload* response) override;
  grpc::ServerUnaryReactor* FinishUpload(grpc::CallbackServerContext* context,
                                         const v1::FinishUploadRequest* request,
                                         v1::Dataset* response) override;
  grpc::ServerUnaryReactor* DeleteUpload(grpc::CallbackServerContext* context,
                                         const v1::DeleteUploadRequest* request,
                                         google::protobuf::Empty* response) override;

 private:
  // The record as clients see it, with the number of jobs that use it.
  absl::StatusOr<v1::Dataset> Show(const data::DatasetRecord& record) const;

  // The data set as an NPZ file; a test split in it is on record then.
  absl::StatusOr<OutgoingFile> Export(const v1::ExportDatasetRequest& request);

  data::Catalogue* const catalogue_;
  data::Uploads* const uploads_;
  const storage::JobRepository* const jobs_;
  FileBudget* const files_;
  ThreadPool* const pool_;
  ThreadPool* const work_pool_;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_DATASET_SERVICE_H_
