#include "server/rpc/snapshots_topic.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"

#include "server/base/meters.h"
#include "server/rpc/resource_names.h"
#include "server/training/job_parameters.h"

namespace percept::rpc {
namespace {

using training::SnapshotView;

// Snapshots are put together into messages of about this size.
constexpr int64_t kMessageBytes = 64 << 10;

// Larger parameters are not streamed in the full view.
constexpr int64_t kMaxFullViewBytes = 2 << 20;

absl::Status CheckFullView(const storage::JobRecord& job) {
  const int64_t size = training::ParameterBytesOf(job);
  if (size <= kMaxFullViewBytes) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("view: FULL needs parameters of at most ", kMaxFullViewBytes, " bytes, got ",
                   size, "; watch METRICS and fetch snapshots with GetSnapshot"));
}

}  // namespace

absl::StatusOr<SnapshotsRequest> ParseSnapshotsRequest(absl::string_view job_field,
                                                       absl::string_view job, int64_t start_index,
                                                       v1::Delivery delivery,
                                                       v1::SnapshotView view) {
  SnapshotsRequest request;
  PERCEPT_ASSIGN_OR_RETURN(request.job_id, ParseName(job_field, "jobs", job));
  FieldViolations violations;
  if (start_index < 0) violations.Add("start_index", "must be at least 0", start_index);
  if (!v1::Delivery_IsValid(delivery)) {
    violations.Add("delivery", "must be one of the enumeration's values",
                   static_cast<int>(delivery));
  }
  if (!v1::SnapshotView_IsValid(view)) {
    violations.Add("view", "must be one of the enumeration's values", static_cast<int>(view));
  }
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  request.start_index = start_index;
  request.latest_only = delivery == v1::DELIVERY_LATEST;
  if (view == v1::SNAPSHOT_VIEW_FULL) request.view = SnapshotView::kFull;
  return request;
}

absl::StatusOr<std::unique_ptr<SnapshotsTopic>> SnapshotsTopic::Open(
    const SnapshotsRequest& request, JobFeeds* feeds, const training::Scheduler& scheduler,
    const Clock* clock, std::weak_ptr<Viewer> viewer) {
  if (request.view == SnapshotView::kFull) {
    PERCEPT_ASSIGN_OR_RETURN(const training::JobView job, scheduler.Get(request.job_id));
    PERCEPT_RETURN_IF_ERROR(CheckFullView(job.record));
  }
  PERCEPT_ASSIGN_OR_RETURN(std::shared_ptr<JobFeed> feed, feeds->Open(request.job_id));
  return absl::WrapUnique(new SnapshotsTopic(request, std::move(feed), clock, std::move(viewer)));
}

SnapshotsTopic::SnapshotsTopic(const SnapshotsRequest& request, std::shared_ptr<JobFeed> feed,
                               const Clock* clock, std::weak_ptr<Viewer> viewer)
    : request_(request),
      feed_(std::move(feed)),
      clock_(clock),
      cursor_(request.start_index),
      written_(request.start_index),
      seat_(feed_->audience().Join(std::move(viewer))) {}

absl::StatusOr<std::optional<WireMessage>> SnapshotsTopic::Next() {
  if (is_over_) return std::nullopt;
  WireMessage message;
  const bool is_first = next_heartbeat_ == absl::InfinitePast();
  // In this order: what is stored before the end is seen is sent before it.
  const bool has_ended = history().ended();
  const int64_t count = history().count();
  const bool has_snapshots = cursor_ < count;
  if (has_snapshots && !is_first) PERCEPT_RETURN_IF_ERROR(AppendSnapshots(message));
  if (has_ended && !has_snapshots && !is_first) {
    PERCEPT_ASSIGN_OR_RETURN(const std::string end, feed_->EndOf());
    message.Append(end);
    is_over_ = true;
  } else if (is_first || (!has_ended && HeartbeatIsDue(has_snapshots))) {
    PERCEPT_RETURN_IF_ERROR(AppendHeartbeat(message));
  }
  if (cursor_ == count) is_live_ = true;
  if (message.size_bytes() == 0) return std::nullopt;
  return message;
}

bool SnapshotsTopic::HasMore() const {
  if (is_over_) return false;
  return history().ended() || cursor_ < history().count();
}

bool SnapshotsTopic::HeartbeatIsDue(bool has_company) const {
  if (history().state_changes() != shown_changes_) return true;
  // One that travels with snapshots costs little, and saves the message that it would be later.
  return clock_->Now() >= next_heartbeat_ - (has_company ? interval_ / 2 : absl::ZeroDuration());
}

absl::Status SnapshotsTopic::AppendSnapshots(WireMessage& message) {
  int64_t max_bytes = kMessageBytes;
  int64_t first = cursor_;
  if (request_.latest_only) {
    first = history().count() - 1;
    max_bytes = 1;
  }
  const int64_t skipped = first - cursor_;
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<training::EncodedSnapshots> snapshots,
                           history().Read(first, request_.view, max_bytes));
  for (const training::EncodedSnapshots& run : snapshots) message.Append(run);
  Meters& meters = Meters::Process();
  if (is_live_ && snapshots.front().publish_time.has_value()) {
    meters.fan_out.Add(
        absl::FromChrono(std::chrono::steady_clock::now() - *snapshots.front().publish_time));
  }
  if (skipped > 0) {
    v1::WatchSnapshotsResponse rest;
    rest.set_skipped(skipped);
    message.Append(rest.SerializeAsString());
    meters.snapshots_skipped.Add(skipped);
  }
  sent_index_ = snapshots.back().end_index() - 1;
  cursor_ = sent_index_ + 1;
  return absl::OkStatus();
}

absl::Status SnapshotsTopic::AppendHeartbeat(WireMessage& message) {
  PERCEPT_ASSIGN_OR_RETURN(const std::shared_ptr<const JobFeed::Heartbeat> heartbeat,
                           feed_->HeartbeatOf(std::max(told_index_, sent_index_)));
  message.Append(heartbeat->bytes);
  told_index_ = heartbeat->newest_index;
  shown_changes_ = heartbeat->state_changes;
  interval_ = heartbeat->interval;
  next_heartbeat_ = clock_->Now() + interval_;
  return absl::OkStatus();
}

std::string SnapshotsTopic::whereabouts() const { return absl::StrCat("start_index ", written_); }

}  // namespace percept::rpc
