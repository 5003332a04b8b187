#include "server/storage/sqlite/snapshot_rows.h"

#include <algorithm>
#include <utility>

#include "server/base/status.h"
#include "server/storage/best_snapshot.h"
#include "server/storage/sqlite/block_rows.h"
#include "server/storage/sqlite/thinning.h"

namespace percept::storage {
namespace {

// Collects the snapshots of a range.
class RangeReader {
 public:
  explicit RangeReader(const SnapshotRange& range) : range_(range) {}

  // Takes those of a block from `index` on.
  void Take(const SnapshotBlockView& block, int64_t index) {
    for (; index < block.end_index() && !is_done(); ++index) {
      if (range_.view == SnapshotRepository::View::kMetrics) {
        snapshots_.push_back({block.Head(index), nullptr, nullptr});
      } else if (block.IsThinned(index)) {
        met_thinned_ = true;
      } else {
        snapshots_.push_back(Own(block.Full(index)));
        bytes_ += static_cast<int64_t>(snapshots_.back().parameters->size());
      }
    }
  }

  bool is_done() const {
    if (met_thinned_) return true;
    if (snapshots_.empty()) return false;
    return static_cast<int64_t>(snapshots_.size()) >= range_.limit ||
           (range_.view == SnapshotRepository::View::kFull && bytes_ >= range_.max_bytes);
  }

  // Whether the first of the range is one whose parameters are no longer kept.
  bool begins_thinned() const { return met_thinned_ && snapshots_.empty(); }

  std::vector<SnapshotRecord> snapshots() && { return std::move(snapshots_); }

 private:
  const SnapshotRange& range_;
  int64_t bytes_ = 0;  // Of parameters.
  bool met_thinned_ = false;
  std::vector<SnapshotRecord> snapshots_;
};

absl::Status ReadRange(Connection& connection, const SnapshotRange& range, RangeReader& reader) {
  PERCEPT_ASSIGN_OR_RETURN(BlockCursor cursor, BlockCursor::Open(connection, range.job_id,
                                                                 range.start_index, range.view));
  while (!reader.is_done()) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, cursor.Next());
    if (!found) break;
    reader.Take(cursor.block(), cursor.begin_index());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<SnapshotRecord>> SelectSnapshots(Connection& connection,
                                                            const SnapshotRange& range) {
  RangeReader reader(range);
  PERCEPT_RETURN_IF_ERROR(ReadRange(connection, range, reader));
  if (reader.begins_thinned()) {
    PERCEPT_RETURN_IF_ERROR(CheckKept(connection, range.job_id, range.start_index));
  }
  return std::move(reader).snapshots();
}

absl::Status VisitSnapshotHeads(Connection& connection, absl::string_view job_id,
                                int64_t start_index, int64_t end_index,
                                absl::FunctionRef<void(const SnapshotHead&)> visit) {
  PERCEPT_ASSIGN_OR_RETURN(
      BlockCursor cursor,
      BlockCursor::Open(connection, job_id, start_index, SnapshotRepository::View::kMetrics));
  for (int64_t index = start_index; index < end_index;) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, cursor.Next());
    if (!found) break;
    const int64_t end = std::min(end_index, cursor.block().end_index());
    for (index = cursor.begin_index(); index < end; ++index) visit(cursor.block().Head(index));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<int64_t>> SelectBestIndex(Connection& connection,
                                                       absl::string_view job_id) {
  PERCEPT_ASSIGN_OR_RETURN(
      BlockCursor cursor,
      BlockCursor::Open(connection, job_id, 0, SnapshotRepository::View::kMetrics));
  std::optional<BestCandidate> best;
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, cursor.Next());
    if (!found) break;
    if (!best.has_value() || IsBetter(cursor.best(), *best)) best = cursor.best();
  }
  if (!best.has_value()) return std::nullopt;
  return best->index;
}

}  // namespace percept::storage
