#ifndef PERCEPT_TESTS_ROBUSTNESS_JOB_CLIENTS_H_
#define PERCEPT_TESTS_ROBUSTNESS_JOB_CLIENTS_H_

#include <cstdint>
#include <initializer_list>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/robustness/follower.h"
#include "tests/robustness/job_mix.h"
#include "tests/robustness/promises.h"
#include "tests/robustness/run_record.h"
#include "tests/support/rpc_client.h"

namespace percept::testing {

// A few owners who submit jobs of a mix and do to them what clients can do, at random, while the
// server dies under them; they remember what was acknowledged. Not thread-safe.
class JobClients {
 public:
  struct Options {
    uint64_t seed = 1;
    size_t jobs_at_once = 12;
  };

  struct Counts {
    int64_t jobs = 0;
    int64_t pauses = 0;  // Acknowledged, as are the next two.
    int64_t cancellations = 0;
    int64_t deletions = 0;
    int64_t runs_compared = 0;
    int64_t snapshots_compared = 0;
  };

  // `undisturbed` holds a run of each job of the mix. What is pointed to must outlive it.
  JobClients(const Options& options, std::vector<MixedJob> mix,
             const std::vector<RunRecord>* undisturbed, ServerAddress* server);

  // Speaks to this server from now on. What one server had no answer to is asked of the next.
  void Connect(const std::string& address);

  // Compares all that was acknowledged with what the server shows.
  void CheckPromisesKept();

  // Does one thing, and compares the runs that have ended since.
  void Act();

  // Submits no more, resumes what is paused, and compares runs that have ended; true once all have.
  bool WindUp();

  // Compares once more every run that was not deleted.
  void CompareKeptRuns();

  const Counts& counts() const { return counts_; }
  const Faults& faults() const { return faults_; }

 private:
  struct Tracked {
    size_t kind = 0;  // Its place in the mix.
    size_t owner = 0;
    v1::CreateJobRequest request;
    Promises promises;
    std::unique_ptr<Follower> follower;  // Until the run has been compared.
  };
  using TrackedPtr = std::list<Tracked>::iterator;

  void Submit();
  // Sends the request of one that has no answer yet.
  void SendSubmission();
  // The server must know it from before.
  void SubmitAgain(Tracked& job);
  void Pause(Tracked& job);
  void Resume(Tracked& job);
  void Cancel(Tracked& job);
  void Delete(Tracked& job);
  void Get(Tracked& job);
  void CompareEndedRuns();
  // False when the server was gone before it was through.
  bool CompareRun(Tracked& job);

  // Whether the server has answered, with OK or a refusal that is `expected`. Another refusal is a
  // fault.
  bool IsAnswered(const grpc::Status& status, const std::string& what,
                  std::initializer_list<grpc::StatusCode> expected = {});
  void Check(const Promises& promises, const v1::Job* shown);
  void Report(const std::string& what, const Faults& faults);

  RpcClient& ClientOf(const Tracked& job) { return *clients_[job.owner]; }
  size_t Below(size_t limit) { return random_() % limit; }

  const Options options_;
  const std::vector<MixedJob> mix_;
  const std::vector<RunRecord>* const undisturbed_;
  ServerAddress* const server_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<RpcClient>> clients_;  // One for each owner.
  std::list<Tracked> running_;  // Acknowledged, and their runs not yet compared.
  std::list<Tracked> ended_;
  std::optional<Tracked> unanswered_;  // Submitted; whether the server has it is unknown.
  Counts counts_;
  Faults faults_;
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_ROBUSTNESS_JOB_CLIENTS_H_
