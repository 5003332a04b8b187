#ifndef PERCEPT_SERVER_STORAGE_SNAPSHOT_BLOCK_H_
#define PERCEPT_SERVER_STORAGE_SNAPSHOT_BLOCK_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

#include "server/storage/records.h"

// Consecutive snapshots of a job, packed as the store keeps them. Small networks make hundreds of
// thousands of snapshots a second: what is handed on, stored, checked and published one by one
// would cost more than the training. All numbers are little-endian.
namespace percept::storage {

// A block whose bytes lie elsewhere. Metrics and parameters are apart, so that the first can be
// read, and kept, without the second.
struct SnapshotBlockView {
  int64_t first_index = 0;
  int64_t count = 0;
  absl::string_view heads;          // Of `kHeadBytes` each.
  absl::string_view parameters;     // One after the other; empty where only metrics were read,
  absl::string_view batch_indices;  // like these, of 32 bits each and aligned so,
  absl::string_view ends;           // and where both end for each, in bytes, 32 bits each.

  static constexpr size_t kHeadBytes = 72;

  // Whether the sizes fit together, without or with parameters. To be asked of bytes that come from
  // outside, before anything else.
  bool HasWholeHeads() const;
  bool HasWholeParameters() const;

  int64_t end_index() const { return first_index + count; }

  // The snapshot of an index in [first_index, end_index), without and with what is large.
  SnapshotHead Head(int64_t index) const;
  BorrowedSnapshot Full(int64_t index) const;

  // Whether the parameters of a snapshot are no longer kept; every model has some.
  bool IsThinned(int64_t index) const { return Full(index).parameters.empty(); }
};

// What is left of a block's parameters, as a SnapshotBlockView shows it.
struct ThinnedBlock {
  int64_t first_index = 0;
  int64_t count = 0;
  std::string parameters;
  std::string batch_indices;
  std::string ends;
  int64_t dropped = 0;  // Snapshots that have just lost theirs.
};

// A whole block without parameters and batch indices of the snapshots for which `keeps` is false.
ThinnedBlock Thin(const SnapshotBlockView& block, absl::FunctionRef<bool(int64_t)> keeps);

// A block that grows. Thread-compatible.
class SnapshotBlock {
 public:
  // A full block takes no more: one row of the store should be neither dear to read for one
  // snapshot nor to keep for many. A snapshot that is larger has a block of its own.
  static constexpr int64_t kMaxBytes = 256 << 10;

  explicit SnapshotBlock(int64_t first_index) : first_index_(first_index) {}

  // Whether one more of so many bytes of parameters and batch indices may be added.
  bool HasRoom(int64_t bytes) const;

  // Adds a copy. `snapshot.index` must be end_index().
  void Add(const BorrowedSnapshot& snapshot);

  int64_t first_index() const { return first_index_; }
  int64_t end_index() const { return first_index_ + count_; }
  int64_t size_bytes() const;

  // Valid until the next change.
  SnapshotBlockView view() const;

 private:
  const int64_t first_index_;
  int64_t count_ = 0;
  std::string heads_;
  std::string parameters_;
  std::string batch_indices_;
  std::string ends_;
};

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SNAPSHOT_BLOCK_H_
