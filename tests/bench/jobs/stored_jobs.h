#ifndef PERCEPT_TESTS_BENCH_JOBS_STORED_JOBS_H_
#define PERCEPT_TESTS_BENCH_JOBS_STORED_JOBS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace percept::bench {

std::string StoredJobId(int64_t number);

// Fills the store of a data folder, which it makes, with finished jobs of five owners and as many
// snapshots of each, a block to a job. Their parameters are those of a network of 17 numbers.
absl::Status StoreJobs(const std::string& data_dir, int64_t jobs, int64_t snapshots_each);

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_JOBS_STORED_JOBS_H_
