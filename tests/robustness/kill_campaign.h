#ifndef PERCEPT_TESTS_ROBUSTNESS_KILL_CAMPAIGN_H_
#define PERCEPT_TESTS_ROBUSTNESS_KILL_CAMPAIGN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "tests/robustness/job_clients.h"
#include "tests/support/watch_validators.h"

namespace percept::testing {

struct KillOptions {
  int kills = 100;
  uint64_t seed = 1;
  int workers = 2;
  int jobs_at_once = 12;
  absl::Duration longest_life = absl::Milliseconds(500);  // Of a server that is up.
};

struct KillReport {
  int kills = 0;
  int kills_during_recovery = 0;      // Before the server listened.
  int kills_in_a_row = 0;             // Of those, after a server that had not listened either.
  int64_t resumed = 0;                // Attempts that went on with a job.
  int64_t resumed_at_checkpoint = 0;  // Of those, from a checkpoint rather than from the start.
  JobClients::Counts clients;
  Faults faults;  // The first of them, one sentence each; empty when every promise was kept.
};

// Kills a perceptd over and over while clients submit, watch, pause, resume, cancel and delete
// mixed jobs, then lets all jobs end. After each start, what was acknowledged must be there; each
// job that ends must have the bits of a run that nobody disturbed. An error when it cannot be
// carried out.
absl::StatusOr<KillReport> RunKillCampaign(const KillOptions& options);

// The report as one line.
std::string Summary(const KillReport& report);

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_ROBUSTNESS_KILL_CAMPAIGN_H_
