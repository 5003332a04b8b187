#include "tests/bench/ml/table_reporter.h"

#include <cstdio>

#include "tests/bench/ml/roofline.h"

namespace percept::bench {
namespace {

using Run = benchmark::BenchmarkReporter::Run;

// Null when none ran to its end.
const Run* FastestOf(const std::vector<Run>& runs) {
  const Run* fastest = nullptr;
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
    if (fastest == nullptr || run.GetAdjustedCPUTime() < fastest->GetAdjustedCPUTime()) {
      fastest = &run;
    }
  }
  return fastest;
}

}  // namespace

bool TableReporter::ReportContext(const Context&) {
  std::printf("\n%-68s %11s %9s %9s %11s %-11s %6s\n", "benchmark", "time [us]", "GFLOP/s", "GB/s",
              "bound [us]", "by", "share");
  return true;
}

void TableReporter::ReportRuns(const std::vector<Run>& runs) {
  const Run* const run = FastestOf(runs);
  if (run == nullptr) return;
  // Every benchmark here counts in microseconds.
  std::printf("%-68s %11.3f", run->run_name.str().c_str(), run->GetAdjustedCPUTime());
  if (run->counters.count(kShare) != 0) {
    const auto counter = [run](const char* name) { return run->counters.at(name).value; };
    std::printf(" %9.1f %9.1f %11.3f %-11s %4.0f %%", counter(kGigaflops), counter(kGigabytes),
                counter(kBoundMicros), run->report_label.c_str(), 100.0 * counter(kShare));
  }
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace percept::bench
