#ifndef PERCEPT_TESTS_ROBUSTNESS_SERVER_LIFE_H_
#define PERCEPT_TESTS_ROBUSTNESS_SERVER_LIFE_H_

#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

#include "tests/support/perceptd_process.h"

namespace percept::testing {

// Arguments for a server on a data folder and a free loopback port.
std::vector<std::string> ServerArguments(const std::string& data_dir, int workers);

// One life of a perceptd, which `kill -9` ends a while after its start. Not thread-safe.
class ServerLife {
 public:
  // Killed after `length`; never, where that is infinite.
  ServerLife(const std::vector<std::string>& arguments, absl::Duration length);

  // Kills it at once if it lives.
  ~ServerLife();

  ServerLife(const ServerLife&) = delete;
  ServerLife& operator=(const ServerLife&) = delete;

  // Where it listens; empty when it does not come to that.
  std::string WaitForAddress() { return process_.WaitForAddress(); }

  // Waits, but no longer than this life; true while it lasts.
  bool Wait(absl::Duration duration) { return !killed_.WaitForNotificationWithTimeout(duration); }

  // Waits for the kill, or stops a server that is never to be killed. An error when it ended in
  // any other way.
  absl::Status End();

  PerceptdProcess& process() { return process_; }

 private:
  PerceptdProcess process_;
  const bool is_killed_;
  absl::Notification cut_short_;
  absl::Notification killed_;
  std::thread killer_;
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_ROBUSTNESS_SERVER_LIFE_H_
