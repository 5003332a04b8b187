#ifndef PERCEPT_SERVER_RPC_DATASET_SERVICE_H_
#define PERCEPT_SERVER_RPC_DATASET_SERVICE_H_

#include "percept/v1/dataset_service.grpc.pb.h"
#include "server/base/thread_pool.h"
#include "server/data/catalogue.h"
#include "server/storage/repositories.h"

namespace percept::rpc {

// See proto/percept/v1/dataset_service.proto. Methods not overridden here answer Unimplemented.
class DatasetService final : public v1::DatasetService::CallbackService {
 public:
  // All must outlive the service.
  DatasetService(data::Catalogue* catalogue, const storage::JobRepository* jobs, ThreadPool* pool)
      : catalogue_(catalogue), jobs_(jobs), pool_(pool) {}

  grpc::ServerUnaryReactor* CreateDataset(grpc::CallbackServerContext* context,
                                          const v1::CreateDatasetRequest* request,
                                          v1::Dataset* response) override;
  grpc::ServerUnaryReactor* GetDataset(grpc::CallbackServerContext* context,
                                       const v1::GetDatasetRequest* request,
                                       v1::Dataset* response) override;
  grpc::ServerUnaryReactor* ListDatasets(grpc::CallbackServerContext* context,
                                         const v1::ListDatasetsRequest* request,
                                         v1::ListDatasetsResponse* response) override;

 private:
  // The record as clients see it, with the number of jobs that use it.
  absl::StatusOr<v1::Dataset> Show(const data::DatasetRecord& record) const;

  data::Catalogue* const catalogue_;
  const storage::JobRepository* const jobs_;
  ThreadPool* const pool_;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_DATASET_SERVICE_H_
