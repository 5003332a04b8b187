#include "server/storage/sqlite/thinning.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/storage/best_snapshot.h"
#include "server/storage/sqlite/block_rows.h"
#include "server/storage/sqlite/job_row.h"
#include "server/storage/sqlite/snapshot_rows.h"

namespace percept::storage {
namespace {

using View = SnapshotRepository::View;

// The nearest snapshot before `index` whose parameters are kept; the first one's always are.
absl::StatusOr<int64_t> KeptBefore(Connection& connection, absl::string_view job_id,
                                   int64_t index) {
  while (index > 0) {
    PERCEPT_ASSIGN_OR_RETURN(BlockCursor cursor,
                             BlockCursor::Open(connection, job_id, index - 1, View::kFull));
    PERCEPT_ASSIGN_OR_RETURN(const bool found, cursor.Next());
    if (!found) break;
    const SnapshotBlockView& block = cursor.block();
    for (; index > block.first_index; --index) {
      if (!block.IsThinned(index - 1)) return index - 1;
    }
  }
  return 0;
}

// The nearest one after `index`; the newest one's always are.
absl::StatusOr<int64_t> KeptAfter(Connection& connection, absl::string_view job_id, int64_t index) {
  PERCEPT_ASSIGN_OR_RETURN(BlockCursor cursor,
                           BlockCursor::Open(connection, job_id, ++index, View::kFull));
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, cursor.Next());
    if (!found) return index;
    for (index = cursor.begin_index(); index < cursor.block().end_index(); ++index) {
      if (!cursor.block().IsThinned(index)) return index;
    }
  }
}

// The best of a job's snapshots by what its blocks say, unchecked: this is asked between commits,
// and reading all blocks whole takes too long for that. At worst damage costs the best its
// parameters.
absl::StatusOr<std::optional<int64_t>> SelectProbableBest(Connection& connection,
                                                          absl::string_view job_id) {
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection.Prepare("SELECT best_index, best_accuracy, best_loss FROM snapshot_blocks "
                         "WHERE job = (SELECT sequence FROM jobs WHERE id = ?1) "
                         "ORDER BY first_index"));
  statement.Bind(1, job_id);
  std::optional<BestCandidate> best;
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) break;
    BestCandidate candidate{statement.Integer(0), std::nullopt, std::nullopt};
    if (!statement.IsNull(1)) candidate.accuracy = statement.Real(1);
    if (!statement.IsNull(2)) candidate.loss = statement.Real(2);
    if (!best.has_value() || IsBetter(candidate, *best)) best = candidate;
  }
  if (!best.has_value()) return std::nullopt;
  return best->index;
}

// Those of a job's snapshots that stay whatever the policy: the first, the newest, the best, and
// those from which a job that is not finished starts.
absl::StatusOr<std::set<int64_t>> SelectProtected(Connection& connection,
                                                  absl::string_view job_id) {
  static const std::string* const count_sql = new std::string(
      absl::StrCat("SELECT ", SnapshotCountSql("sequence"), " FROM jobs WHERE id = ?1"));
  PERCEPT_ASSIGN_OR_RETURN(const int64_t count, connection.QueryInteger(*count_sql, {job_id}));
  std::set<int64_t> indices = {0, count - 1};
  PERCEPT_ASSIGN_OR_RETURN(const std::optional<int64_t> best,
                           SelectProbableBest(connection, job_id));
  if (best.has_value()) indices.insert(*best);
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection.Prepare("SELECT init_from_index FROM jobs WHERE init_from_job = ?1 "
                         "AND state IN (1, 2, 3)"));
  statement.Bind(1, job_id);
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return indices;
    indices.insert(statement.Integer(0));
  }
}

// What is left of the blocks with an index in [begin_index, end_index) that lose something.
absl::StatusOr<std::vector<ThinnedBlock>> ReadThinned(Connection& connection,
                                                      absl::string_view job_id, int64_t begin_index,
                                                      int64_t end_index,
                                                      absl::FunctionRef<bool(int64_t)> stays) {
  std::vector<ThinnedBlock> thinned;
  PERCEPT_ASSIGN_OR_RETURN(BlockCursor cursor,
                           BlockCursor::Open(connection, job_id, begin_index, View::kFull));
  for (int64_t index = begin_index; index < end_index; index = cursor.block().end_index()) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, cursor.Next());
    if (!found) break;
    ThinnedBlock block = Thin(cursor.block(), stays);
    if (block.dropped > 0) thinned.push_back(std::move(block));
  }
  return thinned;
}

}  // namespace

absl::Status CheckKept(Connection& connection, absl::string_view job_id, int64_t index) {
  {
    PERCEPT_ASSIGN_OR_RETURN(BlockCursor cursor,
                             BlockCursor::Open(connection, job_id, index, View::kFull));
    PERCEPT_ASSIGN_OR_RETURN(const bool found, cursor.Next());
    if (!found || !cursor.block().IsThinned(index)) return absl::OkStatus();
  }
  PERCEPT_ASSIGN_OR_RETURN(const int64_t before, KeptBefore(connection, job_id, index));
  PERCEPT_ASSIGN_OR_RETURN(const int64_t after, KeptAfter(connection, job_id, index));
  return WithReason(absl::OutOfRangeError(absl::StrCat(
                        "jobs/", job_id, "/snapshots/", index,
                        ": its parameters are no longer kept; the nearest that are: ", before,
                        " before it, ", after, " after it")),
                    "SNAPSHOT_THINNED");
}

absl::StatusOr<int64_t> ThinSnapshots(Connection& connection, absl::string_view job_id,
                                      int64_t begin_index, int64_t end_index,
                                      absl::FunctionRef<bool(int64_t)> keeps) {
  PERCEPT_ASSIGN_OR_RETURN(const int64_t job, FindJobSequence(connection, job_id));
  PERCEPT_ASSIGN_OR_RETURN(const std::set<int64_t> kept_anyway,
                           SelectProtected(connection, job_id));
  const auto stays = [&](int64_t index) {
    return index < begin_index || index >= end_index || keeps(index) || kept_anyway.contains(index);
  };
  // Written once all are read, so that nothing changes under the feet of a cursor.
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<ThinnedBlock> blocks,
                           ReadThinned(connection, job_id, begin_index, end_index, stays));
  int64_t dropped = 0;
  for (const ThinnedBlock& block : blocks) {
    PERCEPT_RETURN_IF_ERROR(OverwriteParameters(connection, job, block));
    dropped += block.dropped;
  }
  if (dropped > 0) PERCEPT_RETURN_IF_ERROR(AddThinned(connection, job, dropped));
  return dropped;
}

}  // namespace percept::storage
