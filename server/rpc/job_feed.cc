#include "server/rpc/job_feed.h"

#include <algorithm>
#include <utility>

#include "percept/v1/snapshot_service.pb.h"
#include "server/base/status.h"
#include "server/rpc/convert_job.h"
#include "server/rpc/convert_time.h"

namespace percept::rpc {
namespace {

// Time between heartbeats, while the job trains and otherwise. A change of state does not wait.
constexpr absl::Duration kRunningHeartbeat = absl::Milliseconds(200);
constexpr absl::Duration kIdleHeartbeat = absl::Seconds(2);

// Viewers whose heartbeats are due within this time are sent the same one.
constexpr absl::Duration kSharedHeartbeat = absl::Milliseconds(100);

}  // namespace

// --- JobFeed ---

JobFeed::JobFeed(std::shared_ptr<training::SnapshotHistory> history, training::Scheduler* scheduler,
                 ThreadPool* pool, const Clock* clock)
    : history_(std::move(history)),
      scheduler_(scheduler),
      clock_(clock),
      audience_(std::make_shared<Audience>(pool)),
      news_(history_->Listen([audience = audience_] { audience->WakeAll(); })) {}

absl::StatusOr<std::shared_ptr<const JobFeed::Heartbeat>> JobFeed::HeartbeatOf(
    int64_t least_index) {
  absl::MutexLock lock(&mutex_);
  const bool serves = heartbeat_ != nullptr && heartbeat_->newest_index >= least_index &&
                      heartbeat_->state_changes == history_->state_changes() &&
                      clock_->Now() - heartbeat_->time < kSharedHeartbeat;
  if (!serves) {
    PERCEPT_ASSIGN_OR_RETURN(heartbeat_, MakeHeartbeat());
  }
  return heartbeat_;
}

absl::StatusOr<std::shared_ptr<const JobFeed::Heartbeat>> JobFeed::MakeHeartbeat() const {
  auto made = std::make_shared<Heartbeat>();
  made->time = clock_->Now();
  made->state_changes = history_->state_changes();
  PERCEPT_ASSIGN_OR_RETURN(const training::JobView job, scheduler_->Get(history_->job().id));
  made->interval =
      job.record.state == storage::JobState::kRunning ? kRunningHeartbeat : kIdleHeartbeat;
  made->newest_index = history_->count() - 1;
  v1::WatchSnapshotsResponse response;
  v1::Heartbeat& heartbeat = *response.mutable_heartbeat();
  heartbeat.set_newest_index(made->newest_index);
  heartbeat.set_state(static_cast<v1::JobState>(job.record.state));
  *heartbeat.mutable_progress() = ProgressToProto(job);
  if (!job.wait_message.empty()) *heartbeat.mutable_wait() = WaitToProto(job);
  *heartbeat.mutable_time() = ToProto(made->time);
  made->bytes = response.SerializeAsString();
  return made;
}

absl::StatusOr<std::string> JobFeed::EndOf() const {
  PERCEPT_ASSIGN_OR_RETURN(const training::JobView job, scheduler_->Get(history_->job().id));
  v1::WatchSnapshotsResponse response;
  *response.mutable_ended()->mutable_job() = ToProto(job);
  return response.SerializeAsString();
}

// --- JobFeeds ---

absl::StatusOr<std::shared_ptr<JobFeed>> JobFeeds::Open(absl::string_view job_id) {
  PERCEPT_ASSIGN_OR_RETURN(std::shared_ptr<training::SnapshotHistory> history,
                           scheduler_->OpenHistory(job_id));
  absl::MutexLock lock(&mutex_);
  if (const auto found = feeds_.find(job_id); found != feeds_.end()) {
    std::shared_ptr<JobFeed> feed = found->second.lock();
    if (feed != nullptr && &feed->history() == history.get()) return feed;
  }
  std::erase_if(feeds_, [](const auto& each) { return each.second.expired(); });
  auto feed = std::make_shared<JobFeed>(std::move(history), scheduler_, pool_, clock_);
  feeds_[std::string(job_id)] = feed;
  return feed;
}

}  // namespace percept::rpc
