#ifndef PERCEPT_SERVER_RPC_ACCESS_CALL_CONTEXT_H_
#define PERCEPT_SERVER_RPC_ACCESS_CALL_CONTEXT_H_

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include <grpcpp/grpcpp.h>

#include "server/base/clock.h"
#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/data/catalogue.h"
#include "server/data/uploads.h"
#include "server/rpc/access/access_control.h"
#include "server/rpc/access/call_meters.h"
#include "server/rpc/access/permissions.h"
#include "server/training/scheduler.h"

namespace percept::rpc {

// Whom calls are let in by, and what their decision depends on; all must outlive the calls.
struct Gate {
  const AccessControl* access = nullptr;
  const training::Scheduler* scheduler = nullptr;
  data::Catalogue* catalogue = nullptr;
  data::Uploads* uploads = nullptr;
  const Clock* clock = nullptr;
};

// A call to one of our services. Every method lets it enter before it does anything for it, and
// checks its targets before it does anything that may block: AnswerOn and the streams do so for
// theirs.
class CallContext final : public grpc::CallbackServerContext, private SessionCall {
 public:
  ~CallContext() override;

  // By the interceptor, before the method is called: from then on the call is counted, and has an
  // id, which its caller is told.
  void Prepare(const Gate* gate, const Permission* permission);
  void set_request(const void* request);

  // The call's name in logs: its caller's, or a new one.
  const std::string& request_id() const { return request_id_; }

  // By the interceptor, before the caller is told how the method came out: an audited call goes on
  // record.
  void Finishing(int code);

  // Where gRPC reports what is over for the call, its queue of callbacks; null where nobody has
  // said so.
  grpc_completion_queue* completions() const { return completions_; }
  void set_completions(grpc_completion_queue* queue) { completions_ = queue; }

  // How the call came out; the first who says so decides.
  void set_outcome(int code) {
    int none = kUnknownOutcome;
    outcome_.compare_exchange_strong(none, code);
  }

  // What the call changed, where its request does not name it, for the record of audited calls.
  void set_resource(std::string resource) { resource_ = std::move(resource); }

  // Unauthenticated, PermissionDenied where the caller's role does not allow the method, or
  // ResourceExhausted where the caller calls too often. Does not block. Call once, before all else.
  absl::Status Enter();

  // PermissionDenied where what the request names is another's, and not to be used so by the
  // caller. What is not there is no fault here. May block.
  absl::Status CheckTargets() const;

  // Both.
  absl::Status Admit();

  // PermissionDenied where the caller may not read a job. May block.
  absl::Status CheckReadsJob(absl::string_view id) const;

  // Counts the call among the caller's streams to viewers for as long as it is there.
  // ResourceExhausted.
  absl::Status CountAsStream();

  // Does `work`, which answers a question to a model, on the caller's account. ResourceExhausted
  // where there is no time left on it.
  template <typename Work>
  auto Metered(const Work& work) -> decltype(work()) {
    if (budget_ == nullptr) return work();
    const absl::Time start = gate_->clock->Now();
    PERCEPT_RETURN_IF_ERROR(budget_->CheckInspect(start));
    auto answer = work();
    budget_->SpendInspect(gate_->clock->Now() - start);
    return answer;
  }

  // Who calls; only once it has entered.
  const Session& session() const { return *session_; }

 private:
  void EndWith(const absl::Status& status) override;
  absl::Status CheckTarget(const Target& target) const;
  log::Fields Description(int code) const;
  void Meter(int code) const;

  static constexpr int kUnknownOutcome = -1;

  const Gate* gate_ = nullptr;
  const Permission* permission_ = nullptr;
  grpc_completion_queue* completions_ = nullptr;
  const void* request_ = nullptr;  // gRPC's, as long as the call.
  std::shared_ptr<Session> session_;
  std::shared_ptr<CallerBudget> budget_;  // Null where the server asks for no tokens.
  bool is_stream_ = false;                // Counted as one.
  std::string request_id_;
  absl::Time start_;
  std::atomic<int> outcome_{kUnknownOutcome};
  std::string resource_;
};

// The call that a method is given. All of a server's are of this kind.
CallContext& CallOf(grpc::CallbackServerContext* context);
const CallContext& CallOf(const grpc::CallbackServerContext& context);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_ACCESS_CALL_CONTEXT_H_
