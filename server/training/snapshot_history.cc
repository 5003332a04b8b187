#include "server/training/snapshot_history.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "server/base/status.h"

namespace percept::training {
namespace {

// Room for the bookkeeping of one block, besides its bytes and encodings.
constexpr int64_t kEntryOverheadBytes = 512;

// Snapshots read from the store at once, in the metrics view.
constexpr int kReadLimit = 1000;

}  // namespace

SnapshotHistory::SnapshotHistory(storage::JobRecord job, storage::SnapshotRepository* repository,
                                 SnapshotEncoder encoder, int64_t stored_count, bool ended)
    : job_(std::move(job)),
      repository_(repository),
      encoder_(std::move(encoder)),
      count_(stored_count),
      thinned_count_(job_.thinned_count),
      ended_(ended) {}

SnapshotHistory::Entry::Entry(std::shared_ptr<const storage::SnapshotBlock> stored)
    : block(std::move(stored)), size_bytes(kEntryOverheadBytes + block->size_bytes()) {}

void SnapshotHistory::Publish(
    const std::vector<std::shared_ptr<const storage::SnapshotBlock>>& blocks) {
  if (blocks.empty()) return;
  std::vector<EntryPtr> gone;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& block : blocks) {
      window_.push_back(std::make_shared<Entry>(block));
      window_bytes_ += window_.back()->size_bytes;
    }
    count_ = blocks.back()->end_index();
    Shrink(gone);
  }
  listeners_.Notify();
}

void SnapshotHistory::Shrink(std::vector<EntryPtr>& gone) const {
  while (window_bytes_ > kWindowBytes) {
    window_bytes_ -= window_.front()->size_bytes;
    gone.push_back(std::move(window_.front()));
    window_.pop_front();
  }
}

void SnapshotHistory::End() {
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  listeners_.Notify();
}

void SnapshotHistory::NotifyStateChanged() {
  {
    absl::MutexLock lock(&mutex_);
    ++state_changes_;
  }
  listeners_.Notify();
}

void SnapshotHistory::MarkDeleted() {
  absl::MutexLock lock(&mutex_);
  deleted_ = true;
}

absl::Status SnapshotHistory::CheckNotDeleted() const {
  absl::MutexLock lock(&mutex_);
  if (!deleted_) return absl::OkStatus();
  return WithReason(absl::NotFoundError(absl::StrCat("jobs/", job_.id, ": has been deleted")),
                    "JOB_NOT_FOUND");
}

int64_t SnapshotHistory::count() const {
  absl::MutexLock lock(&mutex_);
  return count_;
}

void SnapshotHistory::AddThinned(int64_t count) {
  absl::MutexLock lock(&mutex_);
  thinned_count_ += count;
}

int64_t SnapshotHistory::thinned_count() const {
  absl::MutexLock lock(&mutex_);
  return thinned_count_;
}

int64_t SnapshotHistory::state_changes() const {
  absl::MutexLock lock(&mutex_);
  return state_changes_;
}

bool SnapshotHistory::ended() const {
  absl::MutexLock lock(&mutex_);
  return ended_;
}

absl::StatusOr<std::vector<EncodedSnapshots>> SnapshotHistory::Read(int64_t start_index,
                                                                    SnapshotView view,
                                                                    int64_t max_bytes) const {
  std::vector<EncodedSnapshots> runs;
  int64_t next = start_index;
  int64_t left = std::max<int64_t>(0, max_bytes);
  while (runs.empty() || left > 0) {
    const Place place = Find(next);
    std::shared_ptr<const Encoding> encoding;
    if (place.entry != nullptr) {
      encoding = Encode(place.entry, view);
    } else if (next < place.stored_end) {
      absl::StatusOr<std::shared_ptr<const Encoding>> stored =
          EncodeStored(next, place.stored_end, view, left);
      if (!stored.ok() && runs.empty()) return stored.status();
      if (!stored.ok()) break;  // What comes before the fault is sent before it is told.
      encoding = *std::move(stored);
    } else {
      break;
    }
    runs.push_back(Cut(encoding, next, left));
    if (place.entry != nullptr) runs.back().publish_time = place.entry->publish_time;
    next = runs.back().end_index();
    left -= static_cast<int64_t>(runs.back().bytes.size());
  }
  return runs;
}

EncodedSnapshots SnapshotHistory::Cut(const std::shared_ptr<const Encoding>& encoding,
                                      int64_t start_index, int64_t max_bytes) {
  const std::vector<size_t>& ends = encoding->ends;
  const auto first = ends.begin() + (start_index - encoding->first_index);
  const size_t begin = first == ends.begin() ? 0 : *std::prev(first);
  const size_t wanted_end = begin + static_cast<size_t>(max_bytes);
  const auto last = std::min(std::lower_bound(first, ends.end(), wanted_end), ends.end() - 1);
  return {.first_index = start_index,
          .count = last - first + 1,
          .bytes = absl::string_view(encoding->bytes).substr(begin, *last - begin),
          .owner = encoding};
}

SnapshotHistory::Place SnapshotHistory::Find(int64_t index) const {
  absl::MutexLock lock(&mutex_);
  Place place;
  place.stored_end = window_.empty() ? count_ : window_.front()->block->first_index();
  if (index < place.stored_end || index >= count_) return place;
  const auto after = std::upper_bound(
      window_.begin(), window_.end(), index,
      [](int64_t wanted, const EntryPtr& entry) { return wanted < entry->block->first_index(); });
  place.entry = *std::prev(after);
  return place;
}

std::shared_ptr<const SnapshotHistory::Encoding> SnapshotHistory::Encode(const EntryPtr& entry,
                                                                         SnapshotView view) const {
  std::shared_ptr<const Encoding> encoding;
  {
    absl::MutexLock lock(&entry->mutex);
    auto& kept = view == SnapshotView::kFull ? entry->full : entry->metrics;
    if (kept != nullptr) return kept;
    auto made = std::make_shared<Encoding>();
    const storage::SnapshotBlockView block = entry->block->view();
    made->first_index = block.first_index;
    for (int64_t index = block.first_index; index < block.end_index(); ++index) {
      encoder_(job_, block.Full(index), view, made->bytes);
      made->ends.push_back(made->bytes.size());
    }
    encoding = kept = std::move(made);
  }
  std::vector<EntryPtr> gone;
  absl::MutexLock lock(&mutex_);
  const bool is_kept =
      !window_.empty() && window_.front()->block->first_index() <= encoding->first_index;
  if (is_kept) {
    const auto size_bytes = static_cast<int64_t>(encoding->bytes.capacity() +
                                                 encoding->ends.capacity() * sizeof(size_t));
    entry->size_bytes += size_bytes;
    window_bytes_ += size_bytes;
    Shrink(gone);
  }
  return encoding;
}

absl::StatusOr<std::shared_ptr<const SnapshotHistory::Encoding>> SnapshotHistory::EncodeStored(
    int64_t start_index, int64_t end_index, SnapshotView view, int64_t max_bytes) const {
  const int limit = static_cast<int>(std::min<int64_t>(kReadLimit, end_index - start_index));
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<storage::SnapshotRecord> records,
                           repository_->Read(job_.id, start_index, limit, view, max_bytes));
  PERCEPT_RETURN_IF_ERROR(CheckNotDeleted());
  if (records.empty()) {
    return absl::DataLossError(
        absl::StrCat("jobs/", job_.id, "/snapshots/", start_index, ": missing from the store"));
  }
  auto encoding = std::make_shared<Encoding>();
  encoding->first_index = start_index;
  for (const storage::SnapshotRecord& record : records) {
    if (!encoding->ends.empty() && static_cast<int64_t>(encoding->bytes.size()) >= max_bytes) break;
    encoder_(job_, storage::Borrow(record), view, encoding->bytes);
    encoding->ends.push_back(encoding->bytes.size());
  }
  // It belongs to one viewer, who may leave it unread for long.
  encoding->bytes.shrink_to_fit();
  encoding->ends.shrink_to_fit();
  return encoding;
}

}  // namespace percept::training
