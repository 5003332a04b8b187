#include "server/rpc/subscription_service.h"

#include "server/rpc/access/call_context.h"
#include "server/rpc/unary.h"

namespace percept::rpc {

grpc::ServerWriteReactor<grpc::ByteBuffer>* SubscriptionService::Subscribe(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  return subscriptions_->Begin(context, *request);
}

grpc::ServerUnaryReactor* SubscriptionService::UpdateSubscription(
    grpc::CallbackServerContext* context, const v1::UpdateSubscriptionRequest* request,
    v1::UpdateSubscriptionResponse* response) {
  return AnswerOn(pool_, context, [this, context, request, response] {
    return subscriptions_->Update(CallOf(context).session().name(), *request, *response);
  });
}

}  // namespace percept::rpc
