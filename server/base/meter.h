#ifndef PERCEPT_SERVER_BASE_METER_H_
#define PERCEPT_SERVER_BASE_METER_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <iterator>

#include "absl/time/time.h"

// What is counted as it happens, on paths where a lock would be felt. Thread-safe, and a few
// nanoseconds each.
namespace percept {

// A number that goes up, or up and down.
class Count {
 public:
  void Add(int64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

// How long something takes, as counts of durations up to certain ones.
class Durations {
 public:
  // Upper bounds in seconds, from a commit to the RAM of a disk up to what people give up on.
  static constexpr std::array<double, 14> kBounds = {
      0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2, 10, 60};

  void Add(absl::Duration duration) {
    const double seconds = absl::ToDoubleSeconds(duration);
    const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
    counts_[static_cast<size_t>(std::distance(kBounds.begin(), bound))].Add(1);
    nanoseconds_.Add(absl::ToInt64Nanoseconds(duration));
  }

  // Of those above all lower bounds and up to the one of this index; the last has none.
  int64_t count(size_t index) const { return counts_[index].value(); }
  absl::Duration total() const { return absl::Nanoseconds(nanoseconds_.value()); }

 private:
  std::array<Count, kBounds.size() + 1> counts_;
  Count nanoseconds_;
};

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_METER_H_
