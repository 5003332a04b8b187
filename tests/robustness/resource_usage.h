#ifndef PERCEPT_TESTS_ROBUSTNESS_RESOURCE_USAGE_H_
#define PERCEPT_TESTS_ROBUSTNESS_RESOURCE_USAGE_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "tests/support/watch_validators.h"

namespace percept::testing {

// What a server holds at one moment.
struct ResourceUsage {
  int64_t resident_bytes = 0;
  int64_t descriptors = 0;
  int64_t threads = 0;
  int64_t stored_bytes = 0;  // In its data folder.
};

// Zeros for what cannot be read, such as for a process that has ended.
ResourceUsage MeasureUsage(pid_t process, const std::string& data_dir);

// One resource over a run: the last quarter of its samples against the first.
struct UsageTrend {
  int64_t first_median = 0;
  int64_t first_maximum = 0;
  int64_t last_median = 0;
  int64_t last_maximum = 0;
};

// `samples` are at least 4, in order of time.
UsageTrend TrendOf(const std::vector<ResourceUsage>& samples, int64_t ResourceUsage::*resource);

// What has grown, one sentence each; empty when all is flat. Flat means that the last median is at
// most a tenth and an allowance above the first: `resident_allowance` bytes, 16 descriptors, 4
// threads, 64 MiB stored. In runs of less than some minutes caches still fill after the first
// quarter.
Faults CheckFlat(const std::vector<ResourceUsage>& samples, int64_t resident_allowance);

// A table of all trends.
std::string DescribeTrends(const std::vector<ResourceUsage>& samples);

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_ROBUSTNESS_RESOURCE_USAGE_H_
