#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <thread>

#include "absl/synchronization/notification.h"

#include "server/app/options.h"
#include "server/app/server.h"
#include "server/base/logging.h"

namespace {

constexpr int kFailure = 1;
constexpr int kUsage = 2;

// One line on standard error.
int Fail(const absl::Status& status, int exit_code) {
  std::cerr << "perceptd: " << status.message() << std::endl;
  return exit_code;
}

// Signals that end the server, kept from every thread so that `main` can wait for them.
sigset_t BlockEndingSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // A file that may not grow further is an error like a full disk.
  return signals;
}

// Ends the process when stopping takes longer than allowed. What was acknowledged is stored by
// then.
class ExitWatchdog {
 public:
  explicit ExitWatchdog(absl::Duration timeout)
      : thread_([this, timeout] {
          if (stopped_.WaitForNotificationWithTimeout(timeout)) return;
          percept::log::Error("stopping took longer than --exit-timeout; ending at once");
          _exit(kFailure);
        }) {}
  ~ExitWatchdog() {
    stopped_.Notify();
    thread_.join();
  }

 private:
  absl::Notification stopped_;
  std::thread thread_;
};

}  // namespace

int main(int argc, char** argv) {
  const sigset_t signals = BlockEndingSignals();
  const auto parsed = percept::app::ParseOptions(argc, argv);
  if (!parsed.ok()) return Fail(parsed.status(), kUsage);
  if (parsed->text.has_value()) {
    std::cout << *parsed->text;
    return 0;
  }
  const percept::app::Options& options = parsed->options;
  if (const absl::Status logged = percept::log::Configure(options.log_format, options.log_level);
      !logged.ok()) {
    return Fail(logged, kUsage);
  }
  auto server = percept::app::Server::Start(options);
  if (!server.ok()) return Fail(server.status(), kFailure);
  std::cout << "perceptd listens on " << (*server)->grpc_address() << " (gRPC)" << std::endl;
  int received = 0;
  sigwait(&signals, &received);
  percept::log::Info("stopping", {{"signal", received == SIGINT ? "SIGINT" : "SIGTERM"}});
  {
    const ExitWatchdog watchdog(options.exit_timeout);
    (*server)->Stop();
    server->reset();
  }
  percept::log::Info("stopped");
  return 0;
}
