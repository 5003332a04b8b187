#ifndef PERCEPT_TESTS_SUPPORT_PERCEPTD_PROCESS_H_
#define PERCEPT_TESTS_SUPPORT_PERCEPTD_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace percept::testing {

using Environment = std::vector<std::pair<std::string, std::string>>;

// A real perceptd: the program that PERCEPTD names, or the one of this build. What this process has
// of PERCEPTD_ variables is kept from it. Every wait has a limit. Not thread-safe.
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
  const std::string& standard_output();
  const std::string& standard_error();

 private:
  // A pipe's reading end and what came out of it.
  struct Output {
    int descriptor = -1;
    std::string text;
    bool open = true;
  };

  // Reads what there is, waiting for it until `deadline`; false when both pipes are at their end
  // or the deadline has passed.
  bool ReadSome(absl::Time deadline);
  void ReadAll(absl::Time deadline);

  Output out_;
  Output err_;
  pid_t process_ = -1;
  int exit_code_ = 0;
  bool reaped_ = false;
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
