#include "tests/bench/ml/roofline.h"

#include <algorithm>

namespace percept::bench {

Work DenseWork(double flops, double touched, double updated) {
  const double moved = sizeof(float) * (touched + 2.0 * updated);
  return {.flops = flops,
          .working_set_bytes = sizeof(float) * (touched + updated),
          .moved_bytes = moved,
          .traffic_bytes = moved};
}

Bound BoundOf(const Work& work, const MachinePeaks& peaks) {
  Bound bound{work.flops / peaks.flops_per_second, "arithmetic"};
  const auto consider = [&bound, &peaks](double bytes, Level level) {
    const double seconds = bytes / peaks.bandwidth(level);
    if (seconds > bound.seconds) bound = {seconds, LevelName(level)};
  };
  consider(work.traffic_bytes, Level::kL1);
  for (const Level level : {Level::kL2, Level::kMemory}) {
    const double held = peaks.capacity_before(level) / work.working_set_bytes;
    consider(work.moved_bytes * std::max(0.0, 1.0 - held), level);
  }
  return bound;
}

void SetRoofline(benchmark::State& state, const Work& work, const MachinePeaks& peaks) {
  using benchmark::Counter;
  const auto per_second = [](double value) {
    return Counter(value, Counter::kIsIterationInvariantRate);
  };
  const Bound bound = BoundOf(work, peaks);
  state.counters[kGigaflops] = per_second(work.flops * 1e-9);
  state.counters[kGigabytes] = per_second(work.traffic_bytes * 1e-9);
  state.counters[kBoundMicros] = Counter(bound.seconds * 1e6);
  state.counters[kShare] = per_second(bound.seconds);
  state.SetLabel(bound.limit);
}

}  // namespace percept::bench
