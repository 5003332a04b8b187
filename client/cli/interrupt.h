#ifndef PERCEPT_CLIENT_CLI_INTERRUPT_H_
#define PERCEPT_CLIENT_CLI_INTERRUPT_H_

#include <csignal>
#include <thread>

#include "client/lib/cancellation.h"

namespace percept::cli {

// While it lives, the first SIGINT or SIGTERM cancels; a second one ends the process as usual. At
// most one at a time.
class InterruptGuard {
 public:
  // `cancellation` must outlive this object.
  explicit InterruptGuard(client::Cancellation* cancellation);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  int pipe_[2] = {-1, -1};
  struct sigaction old_interrupt_;
  struct sigaction old_terminate_;
  std::thread waiter_;  // Reads the pipe that the handler writes to, and cancels.
};

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INTERRUPT_H_
