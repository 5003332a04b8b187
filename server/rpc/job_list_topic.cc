#include "server/rpc/job_list_topic.h"

#include <utility>

#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/rpc/convert_job.h"
#include "server/rpc/paging.h"

namespace percept::rpc {

absl::StatusOr<JobListRequest> ParseJobListRequest(const v1::JobListTopic& topic) {
  JobListRequest request;
  PERCEPT_ASSIGN_OR_RETURN(request.filter, FilterFromText(topic.filter()));
  PERCEPT_ASSIGN_OR_RETURN(request.max_jobs, PageSize(topic.max_jobs(), "max_jobs"));
  return request;
}

JobListTopic::JobListTopic(std::shared_ptr<JobListFeed> feed, std::weak_ptr<Viewer> viewer)
    : feed_(std::move(feed)), seat_(feed_->audience().Join(std::move(viewer))) {}

absl::StatusOr<std::optional<WireMessage>> JobListTopic::Next() {
  if (const absl::Status read = feed_->RefreshIfDue(); !read.ok()) {
    if (version_ == 0) return read;
    log::Error("a list of jobs could not be read; it is tried again", {{"error", read.message()}});
  }
  const std::optional<JobListFeed::Update> update = feed_->ChangesSince(version_);
  if (!update.has_value()) return std::nullopt;
  version_ = update->version;
  v1::JobListUpdate rest;
  rest.set_complete(update->is_complete);
  rest.set_total_size(update->total_size);
  rest.mutable_removed_jobs()->Assign(update->removed.begin(), update->removed.end());
  WireMessage message;
  for (const auto& job : update->jobs) {
    message.AppendField(v1::JobListUpdate::kJobsFieldNumber, *job);
  }
  message.Append(rest.SerializeAsString());
  return message;
}

}  // namespace percept::rpc
