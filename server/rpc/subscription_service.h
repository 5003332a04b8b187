#ifndef PERCEPT_SERVER_RPC_SUBSCRIPTION_SERVICE_H_
#define PERCEPT_SERVER_RPC_SUBSCRIPTION_SERVICE_H_

#include "percept/v1/subscription_service.grpc.pb.h"
#include "server/base/thread_pool.h"
#include "server/rpc/subscription.h"
#include "server/rpc/viewing_handler.h"

namespace percept::rpc {

// See proto/percept/v1/subscription_service.proto. The stream writes messages that are serialised
// already.
class SubscriptionService final
    : public v1::SubscriptionService::WithRawCallbackMethod_Subscribe<
          v1::SubscriptionService::WithCallbackMethod_UpdateSubscription<
              v1::SubscriptionService::Service>> {
 public:
  // Both must outlive the service.
  SubscriptionService(Subscriptions* subscriptions, ThreadPool* pool)
      : subscriptions_(subscriptions), pool_(pool) {
    MarkMethodRawCallback(ViewingHandler::IndexOf("percept.v1.SubscriptionService.Subscribe"),
                          new ViewingHandler([this](auto* context, const auto* request) {
                            return Subscribe(context, request);
                          }));
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Subscribe(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request) override;
  grpc::ServerUnaryReactor* UpdateSubscription(grpc::CallbackServerContext* context,
                                               const v1::UpdateSubscriptionRequest* request,
                                               v1::UpdateSubscriptionResponse* response) override;

 private:
  Subscriptions* const subscriptions_;
  ThreadPool* const pool_;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_SUBSCRIPTION_SERVICE_H_
