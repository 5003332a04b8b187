#ifndef PERCEPT_TESTS_ROBUSTNESS_JOB_MIX_H_
#define PERCEPT_TESTS_ROBUSTNESS_JOB_MIX_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "percept/v1/job.pb.h"
#include "tests/support/rpc_client.h"

namespace percept::testing {

struct MixedJob {
  std::string title;
  v1::JobSpec spec;
};

// Jobs of every model, optimiser, schedule and way of reporting, of a tenth of a second to a second
// each. Makes the data sets that they train on, and trains the job from which some of them start;
// in the same order on every server, so that equal places name equal runs. Needs MNIST.
absl::StatusOr<std::vector<MixedJob>> PrepareJobMix(RpcClient& client);

// Jobs of some milliseconds, on a data set of `PrepareJobMix`.
v1::JobSpec ShortJob();

// Trains until it is stopped, on a data set of `PrepareJobMix`.
v1::JobSpec EndlessJob();

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_ROBUSTNESS_JOB_MIX_H_
