#ifndef PERCEPT_TESTS_BENCH_ML_TABLE_REPORTER_H_
#define PERCEPT_TESTS_BENCH_ML_TABLE_REPORTER_H_

#include <vector>

#include "benchmark/benchmark.h"

namespace percept::bench {

// Prints one line for each benchmark, of the fastest of its repetitions: name, processor time of
// an iteration and, where it has a roofline, GFLOP/s, GB/s, bound and share.
class TableReporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
};

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_ML_TABLE_REPORTER_H_
