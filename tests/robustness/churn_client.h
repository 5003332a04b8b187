#ifndef PERCEPT_TESTS_ROBUSTNESS_CHURN_CLIENT_H_
#define PERCEPT_TESTS_ROBUSTNESS_CHURN_CLIENT_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"

#include "tests/robustness/job_mix.h"
#include "tests/support/rpc_client.h"
#include "tests/support/watch_validators.h"

namespace percept::testing {

// One who comes and goes: connects, submits, watches jobs to their end or leaves in the midst,
// lists, pauses, resumes, cancels and deletes, on a thread of its own until told to stop. It leaves
// a bounded number of jobs behind. Not thread-safe.
class ChurnClient {
 public:
  struct Counts {
    int64_t calls = 0;
    int64_t connections = 0;
    int64_t jobs = 0;
    int64_t whole_watches = 0;
    int64_t broken_watches = 0;
    int64_t subscriptions = 0;
    int64_t deletions = 0;

    Counts& operator+=(const Counts& other);
  };

  // Begins. `mix` must outlive it.
  ChurnClient(std::string address, const std::vector<MixedJob>* mix, uint64_t seed);

  // Stops.
  ~ChurnClient();

  ChurnClient(const ChurnClient&) = delete;
  ChurnClient& operator=(const ChurnClient&) = delete;

  // Returns once its thread has ended; what follows may be asked after that.
  void Stop();

  const Counts& counts() const { return counts_; }
  // Answers that no client should get; the first of them.
  const Faults& faults() const { return faults_; }

 private:
  void Run();
  void Act();
  void Connect();
  void Submit();
  void Watch();
  void LeaveInTheMidst();
  void Subscribe();
  void PauseAndResume();
  void List();
  void Cancel(const std::string& job);
  // Cancels the oldest job, sees it end and deletes it.
  void DeleteOldest();

  // Counts a call, and reports an answer that is neither OK nor a refusal that races explain.
  bool IsOk(const char* call, const grpc::Status& status);
  const std::string& AnyJob() { return jobs_[random_() % jobs_.size()]; }

  const std::string address_;
  const std::vector<MixedJob>& mix_;
  std::mt19937_64 random_;
  std::unique_ptr<RpcClient> client_;
  std::deque<std::string> jobs_;  // Submitted and not deleted, oldest first.
  Counts counts_;
  Faults faults_;
  absl::Notification stop_;
  std::thread thread_;
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_ROBUSTNESS_CHURN_CLIENT_H_
