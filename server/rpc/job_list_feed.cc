#include "server/rpc/job_list_feed.h"

#include <algorithm>
#include <map>
#include <set>

#include "percept/v1/job.pb.h"
#include "server/base/status.h"
#include "server/rpc/convert_job.h"

namespace percept::rpc {
namespace {

using storage::JobState;

// The share of one core that reading a list may take is one in so many.
constexpr int kRestPerReading = 10;

// What of a job changes all the time as it or others run.
std::string WithoutProgress(v1::Job job) {
  job.clear_progress();
  job.clear_run_time();
  job.clear_retention();
  return job.SerializeAsString();
}

}  // namespace

JobListFeed::JobListFeed(storage::JobFilter filter, int max_jobs, training::Scheduler* scheduler,
                         ThreadPool* pool, const Clock* clock)
    : filter_(std::move(filter)),
      max_jobs_(max_jobs),
      scheduler_(scheduler),
      clock_(clock),
      audience_(std::make_shared<Audience>(pool)) {}

std::shared_ptr<JobListFeed> JobListFeed::Make(storage::JobFilter filter, int max_jobs,
                                               training::Scheduler* scheduler, ThreadPool* pool,
                                               const Clock* clock) {
  std::shared_ptr<JobListFeed> feed(
      new JobListFeed(std::move(filter), max_jobs, scheduler, pool, clock));
  feed->news_ = scheduler->ListenToJobs(
      [weak = std::weak_ptr<JobListFeed>(feed)](const storage::JobRecord* job) {
        if (const std::shared_ptr<JobListFeed> held = weak.lock()) held->OnJobChanged(job);
      });
  return feed;
}

void JobListFeed::OnJobChanged(const storage::JobRecord* job) {
  if (!Concerns(job)) return;
  is_stale_ = true;
  audience_->WakeAll();
}

bool JobListFeed::Concerns(const storage::JobRecord* job) const {
  if (job == nullptr) return true;
  // What does not change; by its state a job comes into the list or leaves it.
  return filter_.owner.value_or(job->owner) == job->owner &&
         filter_.dataset.value_or(job->spec.dataset) == job->spec.dataset &&
         filter_.label.value_or(job->spec.label) == job->spec.label;
}

absl::Status JobListFeed::RefreshIfDue() {
  const absl::Time start = clock_->Now();
  {
    absl::MutexLock lock(&mutex_);
    const bool is_due = is_stale_ || start >= progress_due_;
    if (!is_due || is_reading_ || start < earliest_) return absl::OkStatus();
    is_reading_ = true;
  }
  is_stale_ = false;
  absl::StatusOr<Reading> reading = Read();
  const absl::Time end = clock_->Now();
  bool has_changed = false;
  {
    absl::MutexLock lock(&mutex_);
    is_reading_ = false;
    earliest_ = end + std::max(kLeastInterval, (end - start) * kRestPerReading);
    if (!reading.ok()) {
      is_stale_ = true;
      earliest_ = end + kRetryInterval;
    } else {
      progress_due_ = reading->is_live ? end + kProgressInterval : absl::InfiniteFuture();
      has_changed = Take(*std::move(reading), end);
    }
  }
  if (has_changed) audience_->WakeAll();  // Those who came while it was read.
  return reading.status();
}

absl::Time JobListFeed::due() const {
  absl::MutexLock lock(&mutex_);
  if (is_reading_) return absl::InfiniteFuture();  // Whoever reads wakes the others.
  return std::max(earliest_, is_stale_ ? absl::InfinitePast() : progress_due_);
}

int64_t JobListFeed::version() const {
  absl::MutexLock lock(&mutex_);
  return version_;
}

absl::StatusOr<JobListFeed::Reading> JobListFeed::Read() const {
  PERCEPT_ASSIGN_OR_RETURN(
      const training::Scheduler::Page page,
      scheduler_->List(filter_, /*newest_first=*/true, /*cursor=*/std::nullopt, max_jobs_));
  Reading reading;
  reading.total_size = static_cast<int64_t>(page.jobs.size() + page.damaged.size());
  if (page.next.has_value()) {
    PERCEPT_ASSIGN_OR_RETURN(reading.total_size, scheduler_->Count(filter_));
  }
  size_t bytes = 0;
  for (const training::JobView& view : page.jobs) {
    v1::Job job = ToProto(view);
    auto serialised = std::make_shared<const std::string>(job.SerializeAsString());
    bytes += serialised->size();
    if (bytes > kMaxBytes) break;
    reading.is_live |=
        view.record.state == JobState::kQueued || view.record.state == JobState::kRunning;
    reading.entries.push_back({.name = job.name(), .bytes = std::move(serialised)});
    reading.entries.back().lasting = WithoutProgress(std::move(job));
  }
  return reading;
}

bool JobListFeed::Take(Reading reading, absl::Time now) {
  const int64_t next = version_ + 1;
  bool has_changed = version_ == 0 || reading.total_size != total_size_;
  std::map<absl::string_view, const Entry*> before;
  for (const Entry& entry : entries_) before.emplace(entry.name, &entry);
  std::set<absl::string_view> names;
  for (Entry& entry : reading.entries) {
    names.insert(entry.name);
    const auto found = before.find(entry.name);
    const Entry* known = found == before.end() ? nullptr : found->second;
    if (known != nullptr && *known->bytes == *entry.bytes) {
      entry = *known;
      continue;
    }
    if (known != nullptr && known->lasting == entry.lasting &&
        now - known->time < kProgressInterval) {
      entry = *known;
      progress_due_ = std::min(progress_due_, known->time + kProgressInterval);
      continue;
    }
    entry.version = next;
    entry.time = now;
    has_changed = true;
  }
  for (const Entry& entry : entries_) {
    if (names.contains(entry.name)) continue;
    removals_.emplace_back(next, entry.name);
    has_changed = true;
  }
  if (!has_changed) return false;
  while (removals_.size() > kMaxRemovals) {
    forgotten_ = removals_.front().first;
    removals_.pop_front();
  }
  version_ = next;
  entries_ = std::move(reading.entries);
  total_size_ = reading.total_size;
  return true;
}

std::optional<JobListFeed::Update> JobListFeed::ChangesSince(int64_t version) const {
  absl::MutexLock lock(&mutex_);
  if (version == version_) return std::nullopt;
  Update update{.version = version_,
                .is_complete = version == 0 || version < forgotten_,
                .total_size = total_size_};
  std::set<absl::string_view> names;
  for (const Entry& entry : entries_) {
    names.insert(entry.name);
    if (update.is_complete || entry.version > version) update.jobs.push_back(entry.bytes);
  }
  if (update.is_complete) return update;
  for (const auto& [removal, name] : removals_) {
    if (removal > version && names.insert(name).second) update.removed.push_back(name);
  }
  return update;
}

absl::StatusOr<std::shared_ptr<JobListFeed>> JobListFeeds::Open(const storage::JobFilter& filter,
                                                                int max_jobs) {
  const Key key(filter.state, filter.owner, filter.dataset, filter.label, filter.readable_by,
                max_jobs);
  absl::MutexLock lock(&mutex_);
  if (const auto found = feeds_.find(key); found != feeds_.end()) {
    if (std::shared_ptr<JobListFeed> feed = found->second.lock()) return feed;
  }
  std::erase_if(feeds_, [](const auto& each) { return each.second.expired(); });
  if (feeds_.size() >= kMaxLists) {
    return WithReason(
        absl::ResourceExhaustedError(absl::StrCat("job_list: at most ", kMaxLists,
                                                  " different lists may be followed at a time, ",
                                                  feeds_.size(), " are; leave out the filter")),
        "TOO_MANY_LISTS");
  }
  auto feed = JobListFeed::Make(filter, max_jobs, scheduler_, pool_, clock_);
  feeds_[key] = feed;
  return feed;
}

}  // namespace percept::rpc
