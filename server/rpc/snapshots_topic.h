#ifndef PERCEPT_SERVER_RPC_SNAPSHOTS_TOPIC_H_
#define PERCEPT_SERVER_RPC_SNAPSHOTS_TOPIC_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "percept/v1/snapshot_service.pb.h"
#include "server/base/clock.h"
#include "server/base/status.h"
#include "server/rpc/job_feed.h"
#include "server/rpc/topic.h"

namespace percept::rpc {

// What is asked of a job's snapshots.
struct SnapshotsRequest {
  std::string job_id;
  int64_t start_index = 0;
  bool latest_only = false;
  training::SnapshotView view = training::SnapshotView::kMetrics;
};

// Reads the fields that WatchSnapshotsRequest and SnapshotsTopic share; `job_field` is the one that
// names the job. InvalidArgument, naming each field that breaks its rule.
absl::StatusOr<SnapshotsRequest> ParseSnapshotsRequest(absl::string_view job_field,
                                                       absl::string_view job, int64_t start_index,
                                                       v1::Delivery delivery,
                                                       v1::SnapshotView view);

// A job's snapshots from an index on, as WatchSnapshotsResponses: a heartbeat first, then what is
// stored, then each as it is stored, with heartbeats in between, then the job's end.
class SnapshotsTopic final : public Topic {
 public:
  // `viewer` is woken whenever there is news. NotFound; FailedPrecondition for a full view of large
  // parameters. `feeds`, `scheduler` and `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<SnapshotsTopic>> Open(const SnapshotsRequest& request,
                                                              JobFeeds* feeds,
                                                              const training::Scheduler& scheduler,
                                                              const Clock* clock,
                                                              std::weak_ptr<Viewer> viewer);

  // Errors as those of WatchSnapshots.
  absl::StatusOr<std::optional<WireMessage>> Next() override;
  bool HasMore() const override;
  bool IsOver() const override { return is_over_; }
  absl::Time due() const override { return next_heartbeat_; }
  void Settle() override { written_ = cursor_; }
  std::string whereabouts() const override;

 private:
  SnapshotsTopic(const SnapshotsRequest& request, std::shared_ptr<JobFeed> feed, const Clock* clock,
                 std::weak_ptr<Viewer> viewer);

  const training::SnapshotHistory& history() const { return feed_->history(); }
  bool HeartbeatIsDue(bool has_company) const;
  absl::Status AppendSnapshots(WireMessage& message);
  absl::Status AppendHeartbeat(WireMessage& message);

  const SnapshotsRequest request_;
  const std::shared_ptr<JobFeed> feed_;
  const Clock* const clock_;
  int64_t cursor_;           // Next index to send,
  int64_t written_;          // and what it was when all before it had been written.
  bool is_live_ = false;     // It has caught up with what is stored.
  int64_t sent_index_ = -1;  // Newest index that was sent,
  int64_t told_index_ = -1;  // and that a heartbeat has named.
  absl::Duration interval_;  // Between heartbeats.
  absl::Time next_heartbeat_ = absl::InfinitePast();
  int64_t shown_changes_ = 0;                   // Changes of state that the last heartbeat knew of.
  bool is_over_ = false;                        // The end of the job has been sent.
  const std::unique_ptr<Audience::Seat> seat_;  // Goes first.
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_SNAPSHOTS_TOPIC_H_
