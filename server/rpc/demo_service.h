#ifndef PERCEPT_SERVER_RPC_DEMO_SERVICE_H_
#define PERCEPT_SERVER_RPC_DEMO_SERVICE_H_

#include "percept/v1/demo_service.grpc.pb.h"
#include "server/base/thread_pool.h"
#include "server/data/catalogue.h"
#include "server/data/photographs.h"

namespace percept::rpc {

// See proto/percept/v1/demo_service.proto.
class DemoService final : public v1::DemoService::CallbackService {
 public:
  // All must outlive the service. What may take long runs on `work_pool`, the rest on
  // `pool`.
  DemoService(data::Catalogue* catalogue, const data::Photographs* photographs, ThreadPool* pool,
              ThreadPool* work_pool)
      : catalogue_(catalogue), photographs_(photographs), pool_(pool), work_pool_(work_pool) {}

  grpc::ServerUnaryReactor* OptimizeScalar(grpc::CallbackServerContext* context,
                                           const v1::OptimizeScalarRequest* request,
                                           v1::OptimizeScalarResponse* response) override;
  grpc::ServerUnaryReactor* CompareActivations(grpc::CallbackServerContext* context,
                                               const v1::CompareActivationsRequest* request,
                                               v1::CompareActivationsResponse* response) override;
  grpc::ServerUnaryReactor* CrossEntropy(grpc::CallbackServerContext* context,
                                         const v1::CrossEntropyRequest* request,
                                         v1::CrossEntropyResponse* response) override;
  grpc::ServerUnaryReactor* BackpropExample(grpc::CallbackServerContext* context,
                                            const v1::BackpropExampleRequest* request,
                                            v1::BackpropExampleResponse* response) override;
  grpc::ServerUnaryReactor* Schedule(grpc::CallbackServerContext* context,
                                     const v1::ScheduleRequest* request,
                                     v1::ScheduleResponse* response) override;
  grpc::ServerUnaryReactor* GradientFlow(grpc::CallbackServerContext* context,
                                         const v1::GradientFlowRequest* request,
                                         v1::GradientFlowResponse* response) override;
  grpc::ServerUnaryReactor* ImageStructure(grpc::CallbackServerContext* context,
                                           const v1::ImageStructureRequest* request,
                                           v1::ImageStructureResponse* response) override;
  grpc::ServerUnaryReactor* ManualClassifier(grpc::CallbackServerContext* context,
                                             const v1::ManualClassifierRequest* request,
                                             v1::ManualClassifierResponse* response) override;

 private:
  data::Catalogue* const catalogue_;
  const data::Photographs* const photographs_;
  ThreadPool* const pool_;
  ThreadPool* const work_pool_;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_DEMO_SERVICE_H_
