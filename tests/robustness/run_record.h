#ifndef PERCEPT_TESTS_ROBUSTNESS_RUN_RECORD_H_
#define PERCEPT_TESTS_ROBUSTNESS_RUN_RECORD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "percept/v1/job.pb.h"
#include "percept/v1/snapshot.pb.h"
#include "tests/support/rpc_client.h"
#include "tests/support/watch_validators.h"

namespace percept::testing {

// All that a job has left in the store.
struct RunRecord {
  v1::Job job;
  std::vector<v1::Snapshot> snapshots;  // In the METRICS view.
  std::vector<v1::EpochRecord> epochs;
  std::string parameters;  // Of the last snapshot, its tensors' bytes one after the other.
};

// Reads all pages of it. An error also where the parameters do not have the digest listed.
absl::StatusOr<RunRecord> ReadRun(RpcClient& client, const std::string& job);

// Where the bits of a run differ from those of an undisturbed one of the same spec, one sentence
// each: in any figure of a snapshot or an epoch, or in the last parameters. Times are no bits of a
// run. A cancelled run is to be the beginning of the undisturbed one.
Faults CompareRuns(const RunRecord& actual, const RunRecord& undisturbed);

// Snapshots that a viewer was sent and that are not in the store as they were sent.
Faults CheckKept(const WatchHistory& history, const RunRecord& stored);

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_ROBUSTNESS_RUN_RECORD_H_
