#ifndef PERCEPT_CLIENT_CLI_EXIT_CODE_H_
#define PERCEPT_CLIENT_CLI_EXIT_CODE_H_

#include "absl/status/status.h"

#include "percept/v1/job.pb.h"

namespace percept::cli {

// What the program's exit status says; scripts depend on the numbers.
enum class ExitCode {
  kOk = 0,
  kInternal = 1,  // A local file, or a fault of ours.
  kUsage = 2,     // The command line.
  kRefused = 3,   // The server refused: bad request, not found, precondition, exhausted.
  kJobFailed = 4,
  kJobCancelled = 5,
  kUnreachable = 6,  // The server is out of reach, too late or not serving.
  kNotAllowed = 7,
  kInterrupted = 130,
};

// The exit code of a failed call.
ExitCode ExitCodeFor(const absl::Status& status);

// The exit code of a job that came to an end.
ExitCode ExitCodeFor(v1::JobState state);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_EXIT_CODE_H_
