#include "client/cli/interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace percept::cli {
namespace {

// Where the handler writes to: the pipe of the guard that lives.
std::atomic<int> signal_pipe{-1};

constexpr char kCancel = 'c';
constexpr char kStop = 's';

void OnSignal(int) {
  const int saved_errno = errno;
  const int fd = signal_pipe.load();
  if (fd >= 0 && write(fd, &kCancel, 1) < 0) {
    // The pipe is full: the news is on its way.
  }
  errno = saved_errno;
}

void WaitForSignal(int fd, client::Cancellation* cancellation) {
  char event;
  while (true) {
    const ssize_t size = read(fd, &event, 1);
    if (size < 0 && errno == EINTR) continue;
    if (size != 1 || event == kStop) return;
    cancellation->Cancel();
  }
}

}  // namespace

InterruptGuard::InterruptGuard(client::Cancellation* cancellation) {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  if (pipe2(pipe_, O_CLOEXEC) == 0) {
    signal_pipe.store(pipe_[1]);
    waiter_ = std::thread(WaitForSignal, pipe_[0], cancellation);
  } else {
    action.sa_handler = SIG_DFL;
  }
  sigaction(SIGINT, &action, &old_interrupt_);
  sigaction(SIGTERM, &action, &old_terminate_);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &old_interrupt_, nullptr);
  sigaction(SIGTERM, &old_terminate_, nullptr);
  if (!waiter_.joinable()) return;
  signal_pipe.store(-1);
  while (write(pipe_[1], &kStop, 1) < 0 && errno == EINTR) {
  }
  waiter_.join();
  close(pipe_[0]);
  close(pipe_[1]);
}

}  // namespace percept::cli
