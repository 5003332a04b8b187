#include "tests/robustness/churn_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "tests/robustness/rpc_status.h"
#include "tests/support/subscription_call.h"

namespace percept::testing {
namespace {

constexpr size_t kMostJobs = 12;
constexpr size_t kMostFaults = 5;

}  // namespace

ChurnClient::Counts& ChurnClient::Counts::operator+=(const Counts& other) {
  calls += other.calls;
  connections += other.connections;
  jobs += other.jobs;
  whole_watches += other.whole_watches;
  broken_watches += other.broken_watches;
  subscriptions += other.subscriptions;
  deletions += other.deletions;
  return *this;
}

ChurnClient::ChurnClient(std::string address, const std::vector<MixedJob>* mix, uint64_t seed)
    : address_(std::move(address)), mix_(*mix), random_(seed), thread_([this] { Run(); }) {}

ChurnClient::~ChurnClient() { Stop(); }

void ChurnClient::Stop() {
  if (!stop_.HasBeenNotified()) stop_.Notify();
  if (thread_.joinable()) thread_.join();
}

void ChurnClient::Run() {
  Connect();
  const auto pause = [this] { return absl::Milliseconds(static_cast<int64_t>(random_() % 40)); };
  while (!stop_.WaitForNotificationWithTimeout(pause())) Act();
}

void ChurnClient::Act() {
  if (jobs_.empty()) return Submit();
  if (jobs_.size() >= kMostJobs) return DeleteOldest();
  const uint64_t deed = random_() % 100;
  if (deed < 10) return Connect();
  if (deed < 40) return Submit();
  if (deed < 45) return Watch();
  if (deed < 55) return LeaveInTheMidst();
  if (deed < 65) return Subscribe();
  if (deed < 75) return PauseAndResume();
  if (deed < 85) return List();
  Cancel(AnyJob());
}

void ChurnClient::Connect() {
  client_ = std::make_unique<RpcClient>(address_);
  ++counts_.connections;
}

void ChurnClient::Submit() {
  v1::Job job;
  const bool is_short = random_() % 2 == 0;
  const v1::JobSpec spec = is_short ? ShortJob() : mix_[random_() % mix_.size()].spec;
  if (!IsOk("CreateJob", client_->CreateJob(spec, &job))) return;
  jobs_.push_back(job.name());
  ++counts_.jobs;
}

void ChurnClient::Watch() {
  if (IsOk("WatchSnapshots", client_->Watch(jobs_.back()).status)) ++counts_.whole_watches;
}

void ChurnClient::LeaveInTheMidst() {
  v1::WatchSnapshotsRequest request;
  request.set_name(AnyJob());
  if (random_() % 2 == 0) request.set_view(v1::SNAPSHOT_VIEW_FULL);
  if (random_() % 2 == 0) request.set_delivery(v1::DELIVERY_LATEST);
  auto messages = static_cast<int64_t>(random_() % 4);
  const WatchRecord watch = client_->Watch(request, [&](const auto&) { return messages-- > 0; });
  // Its end may have come first.
  IsOk("WatchSnapshots", watch.status);
  ++counts_.broken_watches;
}

void ChurnClient::Subscribe() {
  SubscriptionCall call(*client_, {JobListTopic("list"), SnapshotsTopic("first", AnyJob())});
  auto messages = static_cast<int64_t>(random_() % 6);
  const auto is_enough = [&](const auto&) { return messages-- <= 0; };
  if (call.ReadUntil(is_enough).topic_id().empty() && call.id().empty()) {
    IsOk("Subscribe", call.Finish());
    return;
  }
  v1::UpdateSubscriptionRequest changes;
  changes.add_drop_topic_ids("first");
  *changes.add_add_topics() = SnapshotsTopic("second", AnyJob(), 0, v1::DELIVERY_LATEST);
  v1::UpdateSubscriptionResponse answer;
  if (!IsOk("UpdateSubscription", call.Update(changes, &answer))) return;
  messages = static_cast<int64_t>(random_() % 6);
  call.ReadUntil(is_enough);
  ++counts_.subscriptions;
}

void ChurnClient::PauseAndResume() {
  const std::string& name = AnyJob();
  v1::Job job;
  if (IsOk("PauseJob", client_->PauseJob(name, &job))) {
    IsOk("ResumeJob", client_->ResumeJob(name, &job));
  }
}

void ChurnClient::List() {
  v1::ListJobsRequest request;
  request.set_page_size(20);
  v1::ListJobsResponse page;
  IsOk("ListJobs", client_->ListJobs(request, &page));
  v1::Job job;
  IsOk("GetJob", client_->GetJob(AnyJob(), &job));
  RpcClient::SnapshotRead read = client_->GetSnapshot(absl::StrCat(AnyJob(), "/snapshots/last"));
  IsOk("GetSnapshot", read.status);
}

void ChurnClient::Cancel(const std::string& name) {
  v1::Job job;
  IsOk("CancelJob", client_->CancelJob(name, &job));
}

void ChurnClient::DeleteOldest() {
  const std::string name = jobs_.front();
  Cancel(name);
  Watch();
  if (!IsOk("WatchSnapshots", client_->Watch(name).status)) return;
  if (!IsOk("DeleteJob", client_->DeleteJob(name))) return;
  ++counts_.deletions;
  jobs_.pop_front();
}

bool ChurnClient::IsOk(const char* call, const grpc::Status& status) {
  ++counts_.calls;
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      return true;
    case grpc::StatusCode::CANCELLED:            // This client has left.
    case grpc::StatusCode::FAILED_PRECONDITION:  // The job has ended meanwhile.
    case grpc::StatusCode::OUT_OF_RANGE:         // It has no snapshot yet.
      return false;
    default:
      if (faults_.size() < kMostFaults) {
        faults_.push_back(absl::StrCat(call, ": ", ToStatus(status).ToString()));
      }
      return false;
  }
}

}  // namespace percept::testing
