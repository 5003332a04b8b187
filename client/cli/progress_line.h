#ifndef PERCEPT_CLIENT_CLI_PROGRESS_LINE_H_
#define PERCEPT_CLIENT_CLI_PROGRESS_LINE_H_

#include <string>

#include "percept/v1/job.pb.h"

namespace percept::cli {

// What is known of a job under way.
struct ProgressView {
  v1::JobState state = v1::JOB_STATE_QUEUED;
  v1::JobProgress progress;
  std::string wait;  // Why it waits, in the server's words; empty when it does not.
};

// One line for a terminal of `width` columns: epoch, bar, speed, accuracy, loss and time left. What
// does not fit is left out, the bar and the speed first. One column stays free for the cursor. The
// bar is drawn in ASCII unless `utf8`.
std::string ProgressLine(const ProgressView& view, int width, bool utf8);

// The same as a line of a log, with nothing left out.
std::string PlainProgressLine(const ProgressView& view);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_PROGRESS_LINE_H_
