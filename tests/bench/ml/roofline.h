#ifndef PERCEPT_TESTS_BENCH_ML_ROOFLINE_H_
#define PERCEPT_TESTS_BENCH_ML_ROOFLINE_H_

#include <cstdint>

#include "benchmark/benchmark.h"
#include "tests/bench/ml/machine.h"

// The roofline of a kernel: the least time in which this machine could do its work, as peak
// arithmetic and bandwidths bound it (Williams, Waterman and Patterson, 2009).
namespace percept::bench {

// The work of one call. Only what the result needs is counted: no padding of rows, no zero pixel,
// nothing that a method of computing adds, such as sorting or packing.
struct Work {
  // Additions, multiplications, divisions and square roots of floats count as 1, an exp, log or
  // tanh as `kElementaryFlops`; of doubles `kFlopsOfDouble` times as much.
  double flops = 0.0;

  // Distinct bytes that the call reads or writes. A sparse pixel has `kBytesOfPixel`.
  double working_set_bytes = 0.0;

  // The same, but what is both read and written counts twice.
  double moved_bytes = 0.0;

  // What has to pass between registers and the L1 cache. A sparse product needs, for each pixel,
  // the row of weights or deltas that belongs to it; all others can keep in registers what they
  // use again, so that this is what they move.
  double traffic_bytes = 0.0;
};

// Work other than a sparse product: reads or writes `touched` floats and updates `updated` ones.
Work DenseWork(double flops, double touched, double updated);

inline constexpr double kElementaryFlops = 20.0;  // About a polynomial of degree 10.
inline constexpr double kFlopsOfDouble = 2.0;     // A register holds half as many.
inline constexpr double kBytesOfPixel = 3.0;      // Column and value.

// Of the loss of B examples in K classes: greatest logit, differences, powers, their sum, and its
// logarithm.
inline double SoftmaxFlops(int64_t examples, int64_t classes) {
  return static_cast<double>(examples) *
         (static_cast<double>(classes) * (3.0 + kElementaryFlops) + kElementaryFlops);
}

// What bounds a kernel, and by how much.
struct Bound {
  double seconds = 0.0;  // Of one call.
  const char* limit;     // "arithmetic", or the name of a level whose bandwidth it is.
};

// The largest of: flops at the peak; traffic at the bandwidth of L1; and, at the bandwidths of L2
// and of memory, the share of what is moved that the level before cannot hold when the call is made
// again and again.
Bound BoundOf(const Work& work, const MachinePeaks& peaks);

// Names of the counters of a run, in Google Benchmark's output as well.
inline constexpr char kGigaflops[] = "GFLOP/s";  // flops by time.
inline constexpr char kGigabytes[] = "GB/s";     // traffic_bytes by time.
inline constexpr char kBoundMicros[] = "bound_us";
inline constexpr char kShare[] = "share";  // The bound by the time taken.

// Sets the counters, and the bound's limit as the label, of a run whose iterations do `work` each.
void SetRoofline(benchmark::State& state, const Work& work, const MachinePeaks& peaks);

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_ML_ROOFLINE_H_
