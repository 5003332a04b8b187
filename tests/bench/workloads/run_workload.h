#ifndef PERCEPT_TESTS_BENCH_WORKLOADS_RUN_WORKLOAD_H_
#define PERCEPT_TESTS_BENCH_WORKLOADS_RUN_WORKLOAD_H_

#include <cstdint>

#include "absl/status/statusor.h"

#include "server/data/dataset.h"
#include "server/ml/kernels/kernels.h"
#include "server/storage/records.h"

namespace percept::bench {

// How a training went.
struct WorkloadResult {
  double seconds = 0.0;  // From the making of the model to its last snapshot.
  int64_t snapshots = 0;
  storage::SnapshotHead last;  // The last snapshot.
};

// Trains as the server does, with snapshots counted and thrown away. Evaluations that are worth it
// run on a thread of their own. InvalidArgument for a model that cannot be trained on the data set;
// Aborted when training fails, as by divergence.
absl::StatusOr<WorkloadResult> RunWorkload(const storage::JobSpec& spec,
                                           const data::Dataset& dataset,
                                           const ml::Kernels& kernels);

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_WORKLOADS_RUN_WORKLOAD_H_
