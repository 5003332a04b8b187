#include "tests/robustness/kill_campaign.h"

#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"

#include "tests/robustness/job_clients.h"
#include "tests/robustness/job_mix.h"
#include "tests/robustness/rpc_status.h"
#include "tests/robustness/run_record.h"
#include "tests/robustness/server_life.h"
#include "tests/support/temp_dir.h"

namespace percept::testing {
namespace {

constexpr absl::Duration kWindUpLimit = absl::Seconds(300);

// Often enough for jobs of a tenth of a second.
std::vector<std::string> Arguments(const std::string& data_dir, int workers) {
  std::vector<std::string> arguments = ServerArguments(data_dir, workers);
  if (absl::StrContains(RunPerceptd({"--help"}).out, "--checkpoint-interval")) {
    arguments.insert(arguments.end(), {"--checkpoint-interval", "10ms"});
  }
  return arguments;
}

// A run of each job of the mix in a server that nobody disturbs.
absl::StatusOr<std::vector<RunRecord>> UndisturbedRuns(int workers) {
  TempDir folder;
  ServerLife life(ServerArguments(folder.File("data"), workers), absl::InfiniteDuration());
  RpcClient client(life.WaitForAddress());
  const absl::StatusOr<std::vector<MixedJob>> mix = PrepareJobMix(client);
  if (!mix.ok()) return mix.status();
  std::vector<v1::Job> jobs(mix->size());
  for (size_t kind = 0; kind < mix->size(); ++kind) {
    const absl::Status made = ToStatus(client.CreateJob((*mix)[kind].spec, &jobs[kind]));
    if (!made.ok()) return made;
  }
  std::vector<RunRecord> runs;
  for (const v1::Job& job : jobs) {
    client.Watch(job.name());
    absl::StatusOr<RunRecord> run = ReadRun(client, job.name());
    if (!run.ok()) return run.status();
    if (run->job.state() != v1::JOB_STATE_SUCCEEDED) {
      return absl::InternalError(absl::StrCat("undisturbed: ", run->job.ShortDebugString()));
    }
    runs.push_back(*std::move(run));
  }
  return runs;
}

// One campaign: the lives of a server, and the clients who live through them.
class Campaign {
 public:
  Campaign(const KillOptions& options, const std::vector<RunRecord>& undisturbed)
      : options_(options),
        undisturbed_(undisturbed),
        arguments_(Arguments(folder_.File("data"), options.workers)),
        random_(options.seed) {}

  ~Campaign() { address_.Close(); }

  absl::StatusOr<KillReport> Run() {
    if (absl::Status prepared = Prepare(); !prepared.ok()) return prepared;
    while (report_.kills < options_.kills && clients_->faults().empty()) {
      if (absl::Status lived = LiveUntilKilled(); !lived.ok()) return lived;
    }
    if (absl::Status ended = LiveUntilAllEnd(); !ended.ok()) return ended;
    return Report();
  }

 private:
  absl::Status Prepare();
  absl::Status LiveUntilKilled();
  absl::Status LiveUntilAllEnd();
  void CountResumptions(absl::string_view log);
  KillReport Report() const;

  // Now and then it ends while the server still starts.
  absl::Duration NextLength();
  absl::Duration Below(absl::Duration limit) {
    return limit * std::uniform_real_distribution<double>()(random_);
  }

  const KillOptions options_;
  const std::vector<RunRecord>& undisturbed_;
  TempDir folder_;
  const std::vector<std::string> arguments_;
  std::mt19937_64 random_;
  absl::Duration start_time_;  // Of the server, when last it got to listen.
  bool was_up_ = true;         // The server, before the last kill.
  ServerAddress address_;
  std::optional<JobClients> clients_;
  KillReport report_;
};

absl::Status Campaign::Prepare() {
  ServerLife life(arguments_, absl::InfiniteDuration());
  RpcClient client(life.WaitForAddress());
  absl::StatusOr<std::vector<MixedJob>> mix = PrepareJobMix(client);
  if (!mix.ok()) return mix.status();
  clients_.emplace(JobClients::Options{.seed = options_.seed,
                                       .jobs_at_once = static_cast<size_t>(options_.jobs_at_once)},
                   *std::move(mix), &undisturbed_, &address_);
  return life.End();
}

absl::Duration Campaign::NextLength() {
  std::bernoulli_distribution is_early(0.3);
  return is_early(random_) ? Below(start_time_) : start_time_ + Below(options_.longest_life);
}

absl::Status Campaign::LiveUntilKilled() {
  const absl::Time start = absl::Now();
  ServerLife life(arguments_, NextLength());
  const std::string address = life.WaitForAddress();
  const bool is_up = !address.empty();
  if (is_up) {
    start_time_ = absl::Now() - start;
    address_.Set(address);
    clients_->Connect(address);
    clients_->CheckPromisesKept();
    while (life.Wait(Below(absl::Milliseconds(20)))) clients_->Act();
  }
  ++report_.kills;
  report_.kills_during_recovery += is_up ? 0 : 1;
  report_.kills_in_a_row += is_up || was_up_ ? 0 : 1;
  was_up_ = is_up;
  const absl::Status ended = life.End();
  CountResumptions(life.process().standard_error());
  return ended;
}

void Campaign::CountResumptions(absl::string_view log) {
  for (const absl::string_view line : absl::StrSplit(log, '\n')) {
    const bool is_start = absl::StrContains(line, "job started");
    report_.resumed +=
        is_start && !absl::StrContains(line, "attempt=1 ") && !absl::EndsWith(line, "attempt=1")
            ? 1
            : 0;
    report_.resumed_at_checkpoint +=
        absl::StrContains(line, "job goes on from a checkpoint") ? 1 : 0;
  }
}

absl::Status Campaign::LiveUntilAllEnd() {
  ServerLife life(arguments_, absl::InfiniteDuration());
  const std::string address = life.WaitForAddress();
  if (address.empty()) return life.End();
  address_.Set(address);
  clients_->Connect(address);
  clients_->CheckPromisesKept();
  const absl::Time deadline = absl::Now() + kWindUpLimit;
  while (clients_->faults().empty() && !clients_->WindUp()) {
    if (absl::Now() > deadline) return absl::DeadlineExceededError("jobs have not ended");
    life.Wait(absl::Milliseconds(10));
  }
  clients_->CompareKeptRuns();
  clients_->CheckPromisesKept();
  const absl::Status ended = life.End();
  CountResumptions(life.process().standard_error());
  return ended;
}

KillReport Campaign::Report() const {
  KillReport report = report_;
  report.clients = clients_->counts();
  report.faults = clients_->faults();
  return report;
}

}  // namespace

absl::StatusOr<KillReport> RunKillCampaign(const KillOptions& options) {
  const absl::StatusOr<std::vector<RunRecord>> undisturbed = UndisturbedRuns(options.workers);
  if (!undisturbed.ok()) return undisturbed.status();
  return Campaign(options, *undisturbed).Run();
}

std::string Summary(const KillReport& report) {
  const JobClients::Counts& clients = report.clients;
  return absl::StrCat(
      report.kills, " kills, ", report.kills_during_recovery, " of them during recovery and ",
      report.kills_in_a_row, " of those right after another; ", report.resumed,
      " attempts went on with a job, ", report.resumed_at_checkpoint,
      " of them from a checkpoint; ", clients.jobs, " jobs, ", clients.pauses, " pauses, ",
      clients.cancellations, " cancellations, ", clients.deletions, " deletions; ",
      clients.runs_compared, " runs of ", clients.snapshots_compared, " snapshots compared, ",
      report.faults.size(), report.faults.empty() ? " lost or different" : " or more faults");
}

}  // namespace percept::testing
