#include "tests/robustness/job_clients.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

#include "tests/robustness/rpc_status.h"

namespace percept::testing {
namespace {

constexpr size_t kOwners = 3;
constexpr size_t kMostFaults = 20;  // That are worth reading.

using grpc::StatusCode;

}  // namespace

JobClients::JobClients(const Options& options, std::vector<MixedJob> mix,
                       const std::vector<RunRecord>* undisturbed, ServerAddress* server)
    : options_(options),
      mix_(std::move(mix)),
      undisturbed_(undisturbed),
      server_(server),
      random_(options.seed) {}

void JobClients::Connect(const std::string& address) {
  clients_.clear();
  for (size_t owner = 0; owner < kOwners; ++owner) {
    clients_.push_back(std::make_unique<RpcClient>(
        address, std::vector<std::pair<std::string, std::string>>{
                     {"percept-owner", absl::StrCat("owner-", owner)}}));
  }
}

void JobClients::CheckPromisesKept() {
  // What was sent by now is in the store; what is sent meanwhile would not be in the list.
  for (Tracked& job : running_) job.promises.snapshots_sent = job.follower->next_index();
  std::map<std::string, v1::Job> shown;
  v1::ListJobsRequest request;
  request.set_page_size(100);
  do {
    v1::ListJobsResponse response;
    if (!IsAnswered(clients_.front()->ListJobs(request, &response), "ListJobs")) return;
    for (const std::string& name : response.unreachable()) Report(name, {"is unreachable"});
    for (const v1::Job& job : response.jobs()) shown.emplace(job.name(), job);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  for (const std::list<Tracked>* jobs : {&running_, &ended_}) {
    for (const Tracked& job : *jobs) {
      const auto found = shown.find(job.promises.created.name());
      Check(job.promises, found != shown.end() ? &found->second : nullptr);
    }
  }
}

void JobClients::Act() {
  CompareEndedRuns();
  if (unanswered_.has_value()) return SendSubmission();
  if (running_.size() < options_.jobs_at_once && Below(2) == 0) return Submit();
  if (running_.empty()) return;
  Tracked& job = *std::next(running_.begin(), static_cast<int64_t>(Below(running_.size())));
  const size_t deed = Below(100);
  if (deed < 15) return Pause(job);
  if (deed < 45) return Resume(job);
  if (deed < 48) return Cancel(job);
  if (deed < 58) return SubmitAgain(job);
  if (deed < 75) return Get(job);
  if (deed < 85 && !ended_.empty()) return Delete(ended_.back());
}

bool JobClients::WindUp() {
  if (unanswered_.has_value()) SendSubmission();
  for (Tracked& job : running_) {
    if (job.promises.paused != Belief::kNo) Resume(job);
  }
  CompareEndedRuns();
  return running_.empty() && !unanswered_.has_value();
}

void JobClients::CompareKeptRuns() {
  for (Tracked& job : ended_) {
    if (job.promises.deleted == Belief::kNo) CompareRun(job);
  }
}

void JobClients::Submit() {
  Tracked& job = unanswered_.emplace();
  job.kind = Below(mix_.size());
  job.owner = Below(kOwners);
  *job.request.mutable_spec() = mix_[job.kind].spec;
  job.request.set_request_id(absl::StrCat("job-", ++counts_.jobs));
  job.request.mutable_spec()->set_label(mix_[job.kind].title);
  job.request.mutable_spec()->set_priority(static_cast<int32_t>(Below(5)) - 2);
  SendSubmission();
}

void JobClients::SendSubmission() {
  v1::Job& created = unanswered_->promises.created;
  if (!IsAnswered(ClientOf(*unanswered_).CreateJob(unanswered_->request, &created), "CreateJob")) {
    return;
  }
  running_.push_back(*std::exchange(unanswered_, std::nullopt));
  constexpr Follower::Way kWays[] = {Follower::Way::kEvery, Follower::Way::kLatest,
                                     Follower::Way::kSubscription};
  running_.back().follower = std::make_unique<Follower>(
      server_, running_.back().promises.created.name(), kWays[Below(std::size(kWays))]);
}

void JobClients::SubmitAgain(Tracked& job) {
  v1::Job shown;
  if (!IsAnswered(ClientOf(job).CreateJob(job.request, &shown), "CreateJob")) return;
  if (shown.name() != job.promises.created.name()) {
    Report(shown.name(),
           {absl::StrCat("was made for a request that had made ", job.promises.created.name())});
  }
}

void JobClients::Pause(Tracked& job) {
  const Belief before = std::exchange(job.promises.paused, Belief::kUnknown);
  v1::Job shown;
  const grpc::Status status = ClientOf(job).PauseJob(job.promises.created.name(), &shown);
  if (!IsAnswered(status, "PauseJob", {StatusCode::FAILED_PRECONDITION})) return;
  if (!status.ok()) {
    job.promises.paused = before == Belief::kNo ? Belief::kNo : Belief::kUnknown;
    return;
  }
  job.promises.paused = Belief::kYes;
  ++counts_.pauses;
  Check(job.promises, &shown);
}

void JobClients::Resume(Tracked& job) {
  job.promises.paused = Belief::kUnknown;
  v1::Job shown;
  const grpc::Status status = ClientOf(job).ResumeJob(job.promises.created.name(), &shown);
  if (!IsAnswered(status, "ResumeJob", {StatusCode::FAILED_PRECONDITION})) return;
  job.promises.paused = Belief::kNo;
  if (status.ok()) Check(job.promises, &shown);
}

void JobClients::Cancel(Tracked& job) {
  const Belief before = std::exchange(job.promises.cancelled, Belief::kUnknown);
  if (job.promises.paused == Belief::kYes) job.promises.paused = Belief::kUnknown;
  v1::Job shown;
  const grpc::Status status = ClientOf(job).CancelJob(job.promises.created.name(), &shown);
  if (!IsAnswered(status, "CancelJob", {StatusCode::FAILED_PRECONDITION})) return;
  if (!status.ok()) {
    job.promises.cancelled = before == Belief::kNo ? Belief::kNo : Belief::kUnknown;
    return;
  }
  job.promises.cancelled = Belief::kYes;
  ++counts_.cancellations;
  Check(job.promises, &shown);
}

void JobClients::Delete(Tracked& job) {
  if (job.promises.deleted == Belief::kYes) return;
  const Belief before = std::exchange(job.promises.deleted, Belief::kUnknown);
  const grpc::Status status = ClientOf(job).DeleteJob(job.promises.created.name());
  const bool may_be_gone = before == Belief::kUnknown;
  if (!IsAnswered(status, "DeleteJob", {may_be_gone ? StatusCode::NOT_FOUND : StatusCode::OK})) {
    return;
  }
  job.promises.deleted = Belief::kYes;
  ++counts_.deletions;
}

void JobClients::Get(Tracked& job) {
  job.promises.snapshots_sent = job.follower->next_index();
  v1::Job shown;
  if (IsAnswered(ClientOf(job).GetJob(job.promises.created.name(), &shown), "GetJob")) {
    Check(job.promises, &shown);
  }
}

void JobClients::CompareEndedRuns() {
  for (auto job = running_.begin(); job != running_.end();) {
    const auto each = job++;
    if (!each->follower->is_done()) continue;
    if (!CompareRun(*each)) return;
    each->follower.reset();
    ended_.splice(ended_.end(), running_, each);
  }
}

bool JobClients::CompareRun(Tracked& job) {
  const std::string& name = job.promises.created.name();
  absl::StatusOr<RunRecord> run = ReadRun(ClientOf(job), name);
  if (IsServerGone(run.status())) return false;
  if (!run.ok()) {
    Report(name, {std::string(run.status().message())});
    return true;
  }
  const std::string what = absl::StrCat(name, " (", mix_[job.kind].title, ")");
  Check(job.promises, &run->job);
  Report(what, CompareRuns(*run, (*undisturbed_)[job.kind]));
  if (job.follower != nullptr) {
    Report(what, CheckWatch(job.follower->history(), run->job));
    Report(what, CheckKept(job.follower->history(), *run));
  }
  ++counts_.runs_compared;
  counts_.snapshots_compared += static_cast<int64_t>(run->snapshots.size());
  job.promises.ended = std::move(run->job);
  return true;
}

bool JobClients::IsAnswered(const grpc::Status& status, const std::string& what,
                            std::initializer_list<StatusCode> expected) {
  if (status.ok()) return true;
  if (IsServerGone(ToStatus(status))) return false;
  if (std::find(expected.begin(), expected.end(), status.error_code()) != expected.end()) {
    return true;
  }
  Report(what, {ToStatus(status).ToString()});
  return false;
}

void JobClients::Check(const Promises& promises, const v1::Job* shown) {
  Report("promises", CheckPromises(promises, shown));
}

void JobClients::Report(const std::string& what, const Faults& faults) {
  for (const std::string& fault : faults) {
    if (faults_.size() < kMostFaults) faults_.push_back(absl::StrCat(what, ": ", fault));
  }
}

}  // namespace percept::testing
