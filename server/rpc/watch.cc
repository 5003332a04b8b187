#include "server/rpc/watch.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "percept/v1/snapshot_service.pb.h"
#include "server/base/status.h"
#include "server/rpc/access/call_context.h"
#include "server/rpc/snapshots_topic.h"

namespace percept::rpc {
namespace {

// One viewer's stream of one job's snapshots.
class Watch final : public ViewerStream {
 public:
  Watch(const StreamParts& parts, grpc::CallbackServerContext* context, const std::string& bytes)
      : ViewerStream(parts.streams, context),
        call_(CallOf(context)),
        parts_(parts),
        is_parsed_(request_.ParseFromString(bytes)) {}

 protected:
  absl::StatusOr<std::optional<WireMessage>> Next() override {
    if (topic_ == nullptr) PERCEPT_RETURN_IF_ERROR(Open());
    return topic_->Next();
  }

  bool HasMore() const override { return topic_->HasMore(); }
  bool IsOver() const override { return topic_ != nullptr && topic_->IsOver(); }
  absl::Time due() const override { return topic_->due(); }

  void Settle() override {
    if (topic_ != nullptr) topic_->Settle();
  }

  std::string whereabouts() const override {
    return absl::StrCat("resume the watch at ",
                        topic_ != nullptr ? topic_->whereabouts()
                                          : absl::StrCat("start_index ", request_.start_index()));
  }

 private:
  absl::Status Open() {
    if (!is_parsed_) {
      return absl::InvalidArgumentError("the request is not a WatchSnapshotsRequest");
    }
    PERCEPT_RETURN_IF_ERROR(call_.Admit());
    PERCEPT_ASSIGN_OR_RETURN(const SnapshotsRequest request,
                             ParseSnapshotsRequest("name", request_.name(), request_.start_index(),
                                                   request_.delivery(), request_.view()));
    PERCEPT_RETURN_IF_ERROR(call_.CheckReadsJob(request.job_id));
    PERCEPT_RETURN_IF_ERROR(call_.CountAsStream());
    PERCEPT_ASSIGN_OR_RETURN(topic_, SnapshotsTopic::Open(request, parts_.feeds, *parts_.scheduler,
                                                          parts_.clock, weak_from_this()));
    return absl::OkStatus();
  }

  CallContext& call_;  // gRPC's until the stream has ended.
  const StreamParts parts_;
  v1::WatchSnapshotsRequest request_;  // Constant once parsed.
  const bool is_parsed_;
  std::unique_ptr<SnapshotsTopic> topic_;  // Set by the first step, before anything is written.
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* BeginWatch(const StreamParts& parts,
                                                       grpc::CallbackServerContext* context,
                                                       const grpc::ByteBuffer& bytes) {
  const auto watch = std::make_shared<Watch>(parts, context, BytesOf(bytes));
  watch->Start();
  return watch.get();
}

}  // namespace percept::rpc
