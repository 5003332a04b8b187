#ifndef PERCEPT_TESTS_SUPPORT_PERCEPTD_PROCESS_H_
#define PERCEPT_TESTS_SUPPORT_PERCEPTD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace percept::testing {

using Environment = std::vector<std::pair<std::string, std::string>>;

// A real perceptd: the program that PERCEPTD names, or the one of this build. What this process has
// of PERCEPTD_ variables is kept from it. What it writes is taken as it comes, so that it never
// waits for someone to read it. Every wait has a limit. Not thread-safe.
class PerceptdProcess {
 public:
  // Starts it with these arguments; it may be about to end.
  explicit PerceptdProcess(std::vector<std::string> arguments, const Environment& environment = {});

  // Kills it if it still runs.
  ~PerceptdProcess();

  PerceptdProcess(const PerceptdProcess&) = delete;
  PerceptdProcess& operator=(const PerceptdProcess&) = delete;

  // Waits until it listens and returns where; empty when it ends instead, or takes too long.
  std::string WaitForAddress();

  void Signal(int number);

  // Of the process, until it is waited for.
  pid_t id() const { return process_; }

  // Waits for its end and returns its exit code; the negative number of the signal that ended it;
  // -1000 when it took longer than `limit` and was killed.
  int WaitForExit(absl::Duration limit = absl::Seconds(30));

  // Ends it at once, as a crash would.
  void Kill();

  // What it has written so far, and all of it after WaitForExit.
  std::string standard_output() { return Written(out_); }
  std::string standard_error() { return Written(err_); }

 private:
  // A pipe's reading end, which does not block, and what came out of it.
  struct Output {
    int descriptor = -1;
    std::string text;
    bool open = true;
  };

  // Reads both pipes until they are at their ends, on the thread.
  void Drain() ABSL_LOCKS_EXCLUDED(mutex_);
  // Reads what is there.
  void Read() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string Written(const Output& output) ABSL_LOCKS_EXCLUDED(mutex_);
  std::string Address() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool IsAtEnd() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !out_.open && !err_.open; }

  absl::Mutex mutex_;
  Output out_ ABSL_GUARDED_BY(mutex_);
  Output err_ ABSL_GUARDED_BY(mutex_);
  pid_t process_ = -1;
  int exit_code_ = 0;
  bool reaped_ = false;
  std::thread reader_;
};

// Runs one to its end.
struct ProgramResult {
  int exit_code = 0;
  std::string out;
  std::string err;
};
ProgramResult RunPerceptd(std::vector<std::string> arguments, const Environment& environment = {});

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_PERCEPTD_PROCESS_H_
