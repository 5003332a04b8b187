#include "server/rpc/access/gatekeeper.h"

#include <grpc/grpc.h>

#include "server/rpc/caller.h"
#include "server/rpc/status_mapping.h"

namespace percept::rpc {
namespace {

class CallContextAllocator final : public grpc::ContextAllocator {
 public:
  grpc::CallbackServerContext* NewCallbackServerContext() override { return new CallContext; }
  // gRPC hands back here, too, what it has made itself for methods that nobody knows.
  void Release(grpc::CallbackServerContext* context) override {
    delete dynamic_cast<CallContext*>(context);
  }
};

// Hands the request to the call, and its outcome.
class Reporter final : public grpc::experimental::Interceptor {
 public:
  Reporter(CallContext* call, bool takes_request) : call_(call), takes_request_(takes_request) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    using Hook = grpc::experimental::InterceptionHookPoints;
    if (takes_request_ && methods->QueryInterceptionHookPoint(Hook::POST_RECV_MESSAGE)) {
      call_->set_request(methods->GetRecvMessage());
    }
    if (methods->QueryInterceptionHookPoint(Hook::PRE_SEND_STATUS)) {
      call_->Finishing(methods->GetSendStatus().error_code());
    }
    methods->Proceed();
  }

 private:
  CallContext* const call_;
  const bool takes_request_;
};

// Ends a call to a service of gRPC's own for which there is no valid token.
class Bouncer final : public grpc::experimental::Interceptor {
 public:
  Bouncer(const Gate* gate, grpc::ServerContextBase* context) : gate_(gate), context_(context) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            grpc::experimental::InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      const absl::Status status = gate_->access
                                      ->Authenticate(MetadataOf(*context_, "authorization"),
                                                     MetadataOf(*context_, "percept-owner"))
                                      .status();
      if (!status.ok()) {
        const grpc::Status told = ToGrpcStatus(status);
        grpc_call_cancel_with_status(context_->c_call(),
                                     static_cast<grpc_status_code>(told.error_code()),
                                     told.error_message().c_str(), nullptr);
      }
    }
    methods->Proceed();
  }

 private:
  const Gate* const gate_;
  grpc::ServerContextBase* const context_;
};

class Gatekeeper final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Gatekeeper(const Gate& gate) : gate_(gate) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    if (IsOpenToAll(info->method())) return nullptr;
    auto* const call = dynamic_cast<CallContext*>(info->server_context());
    if (call == nullptr) return new Bouncer(&gate_, info->server_context());
    const Permission* const permission = FindPermission(info->method());
    call->Prepare(&gate_, permission);
    if (permission == nullptr) return nullptr;
    // Messages of streams to viewers, of which there are many, go without one.
    if (permission->is_viewing) return nullptr;
    return new Reporter(call, permission->targets != nullptr);
  }

 private:
  const Gate gate_;
};

}  // namespace

std::unique_ptr<grpc::ContextAllocator> NewCallContextAllocator() {
  return std::make_unique<CallContextAllocator>();
}

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> NewGatekeeper(
    const Gate& gate) {
  return std::make_unique<Gatekeeper>(gate);
}

}  // namespace percept::rpc
