#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <thread>

#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

#include "server/app/backup.h"
#include "server/app/options.h"
#include "server/app/server.h"
#include "server/app/user_command.h"
#include "server/base/logging.h"

namespace {

constexpr int kFailure = 1;
constexpr int kUsage = 2;

// One line on standard error.
int Fail(const absl::Status& status, int exit_code) {
  std::cerr << "perceptd: " << status.message() << std::endl;
  return exit_code;
}

int RunBackup(const std::string& data_dir, const std::string& target) {
  const absl::Time start = absl::Now();
  const auto backup = percept::app::BackUp(data_dir, target);
  if (!backup.ok()) return Fail(backup.status(), kFailure);
  for (const std::string& digest : backup->lost_contents) {
    percept::log::Warning(
        "the content of a data set was lost before the backup, which lacks it too",
        {{"digest", digest}});
  }
  std::cout << "perceptd backed up " << data_dir << " to " << target << ": jobs " << backup->jobs
            << ", snapshots " << backup->snapshots << ", data sets " << backup->datasets
            << ", bytes " << backup->size_bytes << ", seconds "
            << absl::StrFormat("%.2f", absl::ToDoubleSeconds(absl::Now() - start)) << std::endl;
  return 0;
}

int RunUser(const std::string& user_file, const percept::app::UserCommand& command) {
  const auto text = percept::app::RunUserCommand(user_file, command, absl::Now());
  if (!text.ok()) return Fail(text.status(), kFailure);
  std::cout << *text;
  return 0;
}

// Lets a file that may not grow further, and a reader that is gone, be errors like others.
void IgnoreWriteSignals() {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

// Each viewer is a descriptor, and the shell's limit is often a thousand. What the system allows at
// most is allowed here.
void AllowManyDescriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Signals that end the server, kept from every thread so that `main` can wait for them.
sigset_t BlockEndingSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
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

// Until one of the signals comes, at most for `timeout`.
void AwaitSignal(const sigset_t& signals, absl::Duration timeout) {
  const timespec limit = absl::ToTimespec(timeout);
  sigtimedwait(&signals, nullptr, &limit);
}

int Serve(const percept::app::Options& options, const sigset_t& ending_signals) {
  auto server = percept::app::Server::Start(options);
  if (!server.ok()) return Fail(server.status(), kFailure);
  std::cout << "perceptd listens on " << (*server)->grpc_address() << " (gRPC)" << std::endl;
  if (const std::string url = (*server)->dashboard_url(); !url.empty()) {
    std::cout << "perceptd shows its dashboard at " << url << std::endl;
  }
  int received = 0;
  sigwait(&ending_signals, &received);
  percept::log::Info("stopping", {{"signal", received == SIGINT ? "SIGINT" : "SIGTERM"}});
  {
    const ExitWatchdog watchdog(options.exit_timeout);
    if (received == SIGTERM) {
      (*server)->BeginLameDuck();
      AwaitSignal(ending_signals, options.lame_duck);
    }
    (*server)->Stop();
    server->reset();
  }
  percept::log::Info("stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  IgnoreWriteSignals();
  AllowManyDescriptors();
  // Debian's Abseil looks for cycles of locks each time one is taken, which is for tests.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // gRPC would otherwise read into 8 KiB for each connection, whatever it is told.
  setenv("GRPC_EXPERIMENTS", "-tcp_read_chunks", /*overwrite=*/0);
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
  if (!options.audit_log.empty()) {
    const absl::Status opened = percept::log::OpenAuditFile(options.audit_log);
    if (!opened.ok()) return Fail(opened, kFailure);
  }
  if (parsed->backup_dir.has_value()) return RunBackup(options.data_dir, *parsed->backup_dir);
  if (parsed->user_command.has_value()) return RunUser(options.auth_file, *parsed->user_command);
  return Serve(options, BlockEndingSignals());
}
