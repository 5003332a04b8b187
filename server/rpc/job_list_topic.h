#ifndef PERCEPT_SERVER_RPC_JOB_LIST_TOPIC_H_
#define PERCEPT_SERVER_RPC_JOB_LIST_TOPIC_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "percept/v1/subscription_service.pb.h"
#include "server/rpc/job_list_feed.h"
#include "server/rpc/topic.h"

namespace percept::rpc {

// What is asked of the list of jobs.
struct JobListRequest {
  storage::JobFilter filter;
  int max_jobs = 0;
};

// InvalidArgument, naming the field.
absl::StatusOr<JobListRequest> ParseJobListRequest(const v1::JobListTopic& topic);

// The list of jobs as JobListUpdates: all of it first, then what changes. It has no end.
class JobListTopic final : public Topic {
 public:
  // `viewer` is woken whenever there is news.
  JobListTopic(std::shared_ptr<JobListFeed> feed, std::weak_ptr<Viewer> viewer);

  // An error of the store while nothing has been sent; later ones are borne until they pass.
  absl::StatusOr<std::optional<WireMessage>> Next() override;
  bool HasMore() const override { return feed_->version() != version_; }
  bool IsOver() const override { return false; }
  absl::Time due() const override { return feed_->due(); }
  void Settle() override {}
  std::string whereabouts() const override { return "its beginning"; }

 private:
  const std::shared_ptr<JobListFeed> feed_;
  int64_t version_ = 0;  // Of the list, as it was sent.
  const std::unique_ptr<Audience::Seat> seat_;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_JOB_LIST_TOPIC_H_
