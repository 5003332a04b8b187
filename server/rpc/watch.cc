#include "server/rpc/watch.h"

#include <pthread.h>

#include <atomic>
#include <utility>

#include "server/base/status.h"
#include "server/rpc/convert_job.h"
#include "server/rpc/convert_time.h"
#include "server/rpc/resource_names.h"
#include "server/rpc/status_mapping.h"
#include "server/training/job_parameters.h"

namespace percept::rpc {
namespace {

using training::SnapshotView;

// Snapshots are put together into messages of about this size.
constexpr int64_t kMessageBytes = 64 << 10;

// Larger parameters are not streamed in the full view.
constexpr int64_t kMaxFullViewBytes = 2 << 20;

// Time between heartbeats, while the job trains and otherwise. A change of state does not wait.
constexpr absl::Duration kRunningHeartbeat = absl::Milliseconds(200);
constexpr absl::Duration kIdleHeartbeat = absl::Seconds(2);

// Pieces below this are copied together; larger ones are shared with the other viewers.
constexpr size_t kSharedSliceBytes = 4096;

struct Request {
  std::string job_id;
  int64_t start_index = 0;
  bool latest_only = false;
  SnapshotView view = SnapshotView::kMetrics;
};

absl::StatusOr<Request> ParseRequest(const v1::WatchSnapshotsRequest& message) {
  Request request;
  PERCEPT_ASSIGN_OR_RETURN(request.job_id, ParseName("name", "jobs", message.name()));
  FieldViolations violations;
  if (message.start_index() < 0)
    violations.Add("start_index", "must be at least 0", message.start_index());
  if (!v1::Delivery_IsValid(message.delivery())) {
    violations.Add("delivery", "must be one of the enumeration's values",
                   static_cast<int>(message.delivery()));
  }
  if (!v1::SnapshotView_IsValid(message.view())) {
    violations.Add("view", "must be one of the enumeration's values",
                   static_cast<int>(message.view()));
  }
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  request.start_index = message.start_index();
  request.latest_only = message.delivery() == v1::DELIVERY_LATEST;
  if (message.view() == v1::SNAPSHOT_VIEW_FULL) request.view = SnapshotView::kFull;
  return request;
}

absl::Status CheckFullView(const storage::JobRecord& job) {
  const int64_t size = training::ParameterBytesOf(job);
  if (size <= kMaxFullViewBytes) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("view: FULL needs parameters of at most ", kMaxFullViewBytes, " bytes, got ",
                   size, "; watch METRICS and fetch snapshots with GetSnapshot"));
}

grpc::Slice SharedSlice(const training::EncodedSnapshots& snapshots) {
  auto* owner = new std::shared_ptr<const void>(snapshots.owner);
  // gRPC reads the bytes and never writes them.
  return {const_cast<char*>(snapshots.bytes.data()), snapshots.bytes.size(),
          [](void* held) { delete static_cast<std::shared_ptr<const void>*>(held); }, owner};
}

// The message made of these pieces, put one after the other.
grpc::ByteBuffer Join(const std::vector<training::EncodedSnapshots>& pieces,
                      const std::string& tail) {
  std::vector<grpc::Slice> slices;
  std::string copied;
  const auto flush = [&] {
    if (!copied.empty()) slices.emplace_back(copied);
    copied.clear();
  };
  for (const training::EncodedSnapshots& piece : pieces) {
    if (piece.bytes.size() < kSharedSliceBytes) {
      copied.append(piece.bytes.data(), piece.bytes.size());
    } else {
      flush();
      slices.push_back(SharedSlice(piece));
    }
  }
  copied += tail;
  flush();
  return {slices.data(), slices.size()};
}

grpc::ByteBuffer ToBuffer(const v1::WatchSnapshotsResponse& response) {
  const grpc::Slice slice(response.SerializeAsString());
  return {&slice, 1};
}

}  // namespace

// One viewer's stream. At most one of a pump (a task of the pool that works out the next message)
// and a write is under way at any time; whoever has news calls `Kick`.
class Watch final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                    public std::enable_shared_from_this<Watch> {
 public:
  explicit Watch(WatchSet* set) : set_(set) {}

  // Keeps the watch until gRPC is done with it.
  void Start(std::string request_bytes) {
    self_ = shared_from_this();
    request_bytes_ = std::move(request_bytes);
    Kick();
  }

  // Notes that there is something to do. Never blocks.
  void Kick() ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      news_ = true;
      if (busy_ || finished_) return;
      busy_ = true;
    }
    SubmitPump();
  }

  void OnWriteDone(bool ok) override {
    if (!ok) broken_ = true;
    SubmitPump();
  }

  void OnCancel() override {
    cancelled_ = true;
    Kick();
  }

  void OnDone() override {
    {
      absl::MutexLock lock(&mutex_);
      finished_ = true;
    }
    const std::shared_ptr<Watch> last = std::move(self_);
  }

 private:
  void SubmitPump() {
    set_->pool_->Submit([self = shared_from_this()] { self->Pump(); });
  }

  // Sends the next message, ends the call, or goes idle until the next news.
  void Pump() {
    while (true) {
      {
        absl::MutexLock lock(&mutex_);
        news_ = false;
      }
      const absl::StatusOr<bool> acted = Act();
      if (!acted.ok()) {
        End(acted.status());
        return;
      }
      if (*acted) return;
      absl::MutexLock lock(&mutex_);
      if (!news_) {
        busy_ = false;
        return;
      }
    }
  }

  // True when a write or the end of the call is under way, false when there is nothing to do, and
  // the error that ends the call otherwise.
  absl::StatusOr<bool> Act() {
    if (broken_ || cancelled_) return absl::CancelledError("the viewer went away");
    if (history_ == nullptr) {
      PERCEPT_RETURN_IF_ERROR(Open());
      return SendHeartbeat();
    }
    if (ended_) {
      End(absl::OkStatus());
      return true;
    }
    if (set_->ending()) {
      return WithReason(absl::UnavailableError(absl::StrCat(
                            "the server is stopping; resume the watch at start_index ", cursor_)),
                        "SERVER_STOPPING");
    }
    // In this order: what is stored before the end is seen is sent before it.
    const bool history_ended = history_->ended();
    if (!history_ended && HeartbeatIsDue()) return SendHeartbeat();
    if (cursor_ < history_->count()) return SendSnapshots();
    return history_ended ? SendEnd() : absl::StatusOr<bool>(false);
  }

  bool HeartbeatIsDue() const {
    return history_->state_changes() != shown_changes_ ||
           set_->clock_->Now() - last_heartbeat_ >= heartbeat_interval_;
  }

  absl::Status Open() {
    v1::WatchSnapshotsRequest message;
    if (!message.ParseFromString(request_bytes_)) {
      return absl::InvalidArgumentError("the request is not a WatchSnapshotsRequest");
    }
    PERCEPT_ASSIGN_OR_RETURN(request_, ParseRequest(message));
    PERCEPT_ASSIGN_OR_RETURN(const training::JobView job, set_->scheduler_->Get(request_.job_id));
    if (request_.view == SnapshotView::kFull) PERCEPT_RETURN_IF_ERROR(CheckFullView(job.record));
    PERCEPT_ASSIGN_OR_RETURN(history_, set_->scheduler_->OpenHistory(request_.job_id));
    cursor_ = request_.start_index;
    subscription_ = training::SnapshotHistory::Listen(history_, [weak = weak_from_this()] {
      if (const std::shared_ptr<Watch> watch = weak.lock()) watch->Kick();
    });
    return absl::OkStatus();
  }

  absl::StatusOr<bool> SendSnapshots() {
    v1::WatchSnapshotsResponse tail;
    int64_t max_bytes = kMessageBytes;
    if (request_.latest_only) {
      const int64_t newest = history_->count() - 1;
      if (newest > cursor_) tail.set_skipped(newest - cursor_);
      cursor_ = newest;
      max_bytes = 1;
    }
    PERCEPT_ASSIGN_OR_RETURN(const std::vector<training::EncodedSnapshots> snapshots,
                             history_->Read(cursor_, request_.view, max_bytes));
    cursor_ = snapshots.back().end_index();
    return Write(Join(snapshots, tail.SerializeAsString()));
  }

  absl::StatusOr<bool> SendHeartbeat() {
    last_heartbeat_ = set_->clock_->Now();
    shown_changes_ = history_->state_changes();
    PERCEPT_ASSIGN_OR_RETURN(const training::JobView job, set_->scheduler_->Get(request_.job_id));
    v1::WatchSnapshotsResponse response;
    v1::Heartbeat* heartbeat = response.mutable_heartbeat();
    heartbeat->set_newest_index(history_->count() - 1);
    heartbeat->set_state(static_cast<v1::JobState>(job.record.state));
    *heartbeat->mutable_progress() = ProgressToProto(job);
    if (!job.wait_message.empty()) *heartbeat->mutable_wait() = WaitToProto(job);
    *heartbeat->mutable_time() = ToProto(last_heartbeat_);
    heartbeat_interval_ =
        job.record.state == storage::JobState::kRunning ? kRunningHeartbeat : kIdleHeartbeat;
    return Write(ToBuffer(response));
  }

  absl::StatusOr<bool> SendEnd() {
    PERCEPT_ASSIGN_OR_RETURN(const training::JobView job, set_->scheduler_->Get(request_.job_id));
    v1::WatchSnapshotsResponse response;
    *response.mutable_ended()->mutable_job() = ToProto(job);
    ended_ = true;
    return Write(ToBuffer(response));
  }

  // gRPC reads the buffer until `OnWriteDone`.
  bool Write(const grpc::ByteBuffer& message) {
    message_ = message;
    StartWrite(&message_);
    return true;
  }

  void End(const absl::Status& status) {
    subscription_.reset();
    {
      absl::MutexLock lock(&mutex_);
      if (finished_) return;
      finished_ = true;
    }
    Finish(ToGrpcStatus(status));
  }

  WatchSet* const set_;
  std::shared_ptr<Watch> self_;  // Set by `Start`, cleared by `OnDone`.
  std::atomic<bool> broken_{false};
  std::atomic<bool> cancelled_{false};

  // Used by the pump alone, of which there is one at a time.
  std::string request_bytes_;
  Request request_;
  std::shared_ptr<training::SnapshotHistory> history_;
  std::unique_ptr<training::SnapshotHistory::Subscription> subscription_;
  int64_t cursor_ = 0;  // Next index to send.
  bool ended_ = false;  // The end of the job has been sent.
  absl::Time last_heartbeat_;
  int64_t shown_changes_ = 0;  // Changes of state that the last heartbeat knew of.
  absl::Duration heartbeat_interval_;
  grpc::ByteBuffer message_;

  absl::Mutex mutex_;
  bool news_ ABSL_GUARDED_BY(mutex_) = false;
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;      // A pump or a write is under way.
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;  // `Finish` has been called.
};

WatchSet::WatchSet(training::Scheduler* scheduler, ThreadPool* pool, const Clock* clock)
    : scheduler_(scheduler), pool_(pool), clock_(clock) {
  ticker_ = std::thread([this] { Tick(); });
  pthread_setname_np(ticker_.native_handle(), "heartbeat");
}

WatchSet::~WatchSet() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  ticker_.join();
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchSet::Begin(const grpc::ByteBuffer* bytes) {
  auto watch = std::make_shared<Watch>(this);
  {
    absl::MutexLock lock(&mutex_);
    watches_.push_back(watch);
  }
  std::string request;
  std::vector<grpc::Slice> slices;
  if (bytes->Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) {
      request.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  watch->Start(std::move(request));
  return watch.get();
}

void WatchSet::EndAll() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  for (const std::shared_ptr<Watch>& watch : Live()) watch->Kick();
}

bool WatchSet::ending() const {
  absl::MutexLock lock(&mutex_);
  return ending_;
}

std::vector<std::shared_ptr<Watch>> WatchSet::Live() {
  std::vector<std::shared_ptr<Watch>> live;
  absl::MutexLock lock(&mutex_);
  for (const std::weak_ptr<Watch>& each : watches_) {
    if (std::shared_ptr<Watch> watch = each.lock()) live.push_back(std::move(watch));
  }
  watches_.assign(live.begin(), live.end());
  return live;
}

void WatchSet::Tick() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kTick)) return;
    }
    for (const std::shared_ptr<Watch>& watch : Live()) watch->Kick();
  }
}

}  // namespace percept::rpc
