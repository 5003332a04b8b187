#include "client/lib/watch.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>

#include "client/lib/rpc_status.h"
#include "client/lib/snapshot_cursor.h"

namespace percept::client {
namespace {

// One connection of a watch: reads messages with a limit to the silence between them.
class WatchCall {
 public:
  WatchCall(Client& client, const v1::WatchSnapshotsRequest& request)
      : client_(client), scope_(client.options().cancellation, &context_) {
    client.PrepareContext(&context_);
    reader_ = client.snapshots().PrepareAsyncWatchSnapshots(&context_, request, &queue_);
  }

  ~WatchCall() {
    if (!finished_) {
      context_.TryCancel();
      Finish().IgnoreError();
    }
    queue_.Shutdown();
    void* tag;
    bool ok;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  // Makes the connection; false when there will be no message.
  bool Start(absl::Duration limit) {
    reader_->StartCall(this);
    return Await(limit);
  }

  // Reads a message; false when there is none to come.
  bool Read(v1::WatchSnapshotsResponse* message, absl::Duration limit) {
    reader_->Read(message, this);
    return Await(limit);
  }

  // How the call ended; to be asked once, after Start or Read said false.
  absl::Status Finish() {
    grpc::Status status;
    reader_->Finish(&status, this);
    void* tag;
    bool ok;
    queue_.Next(&tag, &ok);
    finished_ = true;
    if (silent_) {
      return absl::UnavailableError(
          absl::StrCat("the server at ", client_.options().server, " has fallen silent"));
    }
    return ToStatus(status, client_.options().server);
  }

 private:
  // Waits for the operation under way; a silent server has its call cancelled.
  bool Await(absl::Duration limit) {
    void* tag;
    bool ok = false;
    const auto deadline = absl::ToChronoTime(absl::Now() + limit);
    if (queue_.AsyncNext(&tag, &ok, deadline) == grpc::CompletionQueue::TIMEOUT) {
      silent_ = true;
      context_.TryCancel();
      queue_.Next(&tag, &ok);
      return false;
    }
    return ok;
  }

  Client& client_;
  grpc::ClientContext context_;
  const CallScope scope_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::ClientAsyncReaderInterface<v1::WatchSnapshotsResponse>> reader_;
  bool silent_ = false;
  bool finished_ = false;
};

class Watcher {
 public:
  Watcher(Client& client, const WatchOptions& options, WatchVisitor& visitor)
      : client_(client),
        options_(options),
        visitor_(visitor),
        cursor_(options.start_index, options.delivery),
        backoff_(options.backoff, random_) {}

  absl::StatusOr<v1::Job> Run() {
    last_contact_ = absl::Now();
    while (true) {
      const absl::Status status = Follow();
      if (ended_) return *std::move(ended_);
      if (Cancelled()) return absl::CancelledError("interrupted");
      if (!IsTransient(status)) return status;
      if (absl::Now() - last_contact_ >= options_.give_up_after) return status;
      if (connected_) {
        connected_ = false;
        visitor_.OnDisconnected(status, cursor_.next_index());
      }
      if (client_.WaitToRetry(backoff_.Next())) return absl::CancelledError("interrupted");
    }
  }

 private:
  // Follows the job over one connection, until it breaks or the job has ended.
  absl::Status Follow() {
    WatchCall call(client_, Request());
    bool has_heard = false;
    if (call.Start(options_.silence_limit)) {
      v1::WatchSnapshotsResponse message;
      while (call.Read(&message, options_.silence_limit)) {
        has_heard = true;
        NoteContact();
        absl::Status status = Show(message);
        if (!status.ok() || ended_) return status;
      }
    }
    absl::Status status = call.Finish();
    if (status.ok()) {
      return absl::UnavailableError(absl::StrCat("the server at ", client_.options().server,
                                                 " left the watch before its end"));
    }
    // Whoever was sent away for reading too slowly comes back for the rest.
    if (absl::IsResourceExhausted(status) && has_heard) {
      return absl::UnavailableError(status.message());
    }
    // A stream that something between here and the server has cut is taken up again, too.
    if (absl::IsCancelled(status) && !Cancelled()) return absl::UnavailableError(status.message());
    return status;
  }

  v1::WatchSnapshotsRequest Request() const {
    v1::WatchSnapshotsRequest request;
    request.set_name(options_.job);
    request.set_start_index(cursor_.next_index());
    request.set_delivery(options_.delivery);
    request.set_view(options_.view);
    return request;
  }

  void NoteContact() {
    last_contact_ = absl::Now();
    if (!connected_) {
      connected_ = true;
      visitor_.OnReconnected();
    }
  }

  absl::Status Show(const v1::WatchSnapshotsResponse& message) {
    int64_t skipped = message.skipped();
    for (const v1::Snapshot& snapshot : message.snapshots()) {
      switch (cursor_.Accept(snapshot.index())) {
        case SnapshotCursor::Verdict::kNew:
          backoff_.Reset();
          visitor_.OnSnapshot(snapshot, std::exchange(skipped, 0));
          break;
        case SnapshotCursor::Verdict::kDuplicate:
          break;
        case SnapshotCursor::Verdict::kGap:
          return Gap(snapshot.index());
      }
    }
    if (message.has_heartbeat()) visitor_.OnHeartbeat(message.heartbeat());
    if (message.has_ended()) return End(message.ended().job());
    return absl::OkStatus();
  }

  absl::Status End(const v1::Job& job) {
    const int64_t count = job.progress().snapshot_count();
    if (options_.delivery != v1::DELIVERY_LATEST && cursor_.next_index() < count) return Gap(count);
    ended_ = job;
    return absl::OkStatus();
  }

  // The server left out the next snapshot: once may be the fault of a connection, so ask again.
  absl::Status Gap(int64_t index) {
    const int64_t missing = cursor_.next_index();
    if (missing_ == missing) {
      return absl::DataLossError(absl::StrCat("the server left out snapshot ", missing, " of ",
                                              options_.job, " and sent ", index));
    }
    missing_ = missing;
    return absl::UnavailableError(absl::StrCat("snapshot ", missing, " did not arrive"));
  }

  bool Cancelled() const { return IsCancelled(client_.options().cancellation); }

  Client& client_;
  const WatchOptions& options_;
  WatchVisitor& visitor_;
  SnapshotCursor cursor_;
  absl::BitGen random_;
  Backoff backoff_;
  absl::Time last_contact_;
  bool connected_ = true;
  std::optional<int64_t> missing_;
  std::optional<v1::Job> ended_;
};

}  // namespace

absl::StatusOr<v1::Job> Watch(Client& client, const WatchOptions& options, WatchVisitor& visitor) {
  return Watcher(client, options, visitor).Run();
}

}  // namespace percept::client
