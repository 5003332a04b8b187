#ifndef PERCEPT_SERVER_TRAINING_RETENTION_H_
#define PERCEPT_SERVER_TRAINING_RETENTION_H_

#include <cstdint>
#include <optional>

#include "server/storage/records.h"

// Which snapshots of a job keep their parameters. All keep their metrics.
namespace percept::training {

// What a server keeps at most of each job's snapshots with parameters; the tighter bound counts.
struct Retention {
  int64_t max_snapshots = 1'000'000;
  int64_t max_parameter_bytes = int64_t{1} << 30;
};

// Snapshots of a job that keep their parameters, besides those from which unfinished jobs start. At
// least 3, whatever their size: the first, the newest and the best.
int64_t MaxKept(const storage::JobRecord& job, const Retention& retention);

// Which of a job's snapshots are kept: all while there are no more than may be, then the newest
// ones, of those before them every second, of those before them every fourth, and so on. With W the
// width of the newest stretch and n the number of snapshots, snapshot i is kept when it is a
// multiple of 2^floor(log2((n - 1 - i) / W + 1)), or the newest: W in each of log2(n / W) stretches
// that double in length. As n grows W falls, to keep the sum in bounds, so that what is dropped
// once is never asked for again.
class KeptIndices {
 public:
  // Of `count` snapshots, at least 1, at most `max_kept`, at least 2.
  KeptIndices(int64_t count, int64_t max_kept);

  // Of an index in [0, count).
  bool Keeps(int64_t index) const;

  // Every how manieth is kept where the index lies; falls as it rises.
  int64_t StrideAt(int64_t index) const;

  int64_t count() const { return count_; }

 private:
  const int64_t count_;
  int64_t width_;                // W.
  int64_t min_stride_log2_ = 0;  // Above 0 where a W of 1 is still too much.
};

// Has a job's snapshots thinned, piece by piece, once more are kept than may be: to a few less, so
// that it need not be done again at once. Thread-compatible.
class Thinning {
 public:
  Thinning(const storage::JobRecord& job, const Retention& retention);

  // Whether to begin, with `count` snapshots of which `thinned` have lost their parameters.
  bool IsDue(int64_t count, int64_t thinned) const;

  // What to thin next: of the indices in [begin, end) all that `kept` does not keep.
  struct Step {
    int64_t begin = 0;
    int64_t end = 0;
    KeptIndices kept;
  };
  // Begins where that is due; unset when there is no more to do.
  std::optional<Step> Next(int64_t count, int64_t thinned);

 private:
  void BeginPass(int64_t count);
  void EndPass(int64_t thinned);
  // Whether the last pass left nothing to drop in [begin, end).
  bool IsDone(int64_t begin, int64_t end) const;

  const int64_t max_kept_;
  const int64_t step_size_;               // In indices.
  std::optional<KeptIndices> kept_;       // Of the pass under way.
  int64_t next_ = 0;                      // Index at which it goes on.
  std::optional<KeptIndices> kept_last_;  // Of the pass before it, where that got through.
  int64_t last_count_ = 0;                // When that began.
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_RETENTION_H_
