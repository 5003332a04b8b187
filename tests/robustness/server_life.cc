#include "tests/robustness/server_life.h"

#include <signal.h>

#include "absl/strings/str_cat.h"

#include "tests/support/test_server.h"

namespace percept::testing {

std::vector<std::string> ServerArguments(const std::string& data_dir, int workers) {
  return {"--data-dir",     data_dir,      "--assets-dir", AssetsDir(),
          "--grpc-address", "127.0.0.1:0", "--workers",    absl::StrCat(workers)};
}

ServerLife::ServerLife(const std::vector<std::string>& arguments, absl::Duration length)
    : process_(arguments), is_killed_(length < absl::InfiniteDuration()) {
  if (!is_killed_) return;
  killer_ = std::thread([this, length] {
    cut_short_.WaitForNotificationWithTimeout(length);
    process_.Signal(SIGKILL);
    killed_.Notify();
  });
}

ServerLife::~ServerLife() {
  cut_short_.Notify();
  if (killer_.joinable()) killer_.join();
}

absl::Status ServerLife::End() {
  if (is_killed_) {
    killer_.join();
  } else {
    process_.Signal(SIGTERM);
  }
  const int exit_code = process_.WaitForExit();
  if (exit_code == (is_killed_ ? -SIGKILL : 0)) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("perceptd ended by itself with exit code ", exit_code,
                                          ": ", process_.standard_error()));
}

}  // namespace percept::testing
