#include "server/training/snapshot_history.h"

#include <algorithm>
#include <utility>

#include "server/base/status.h"

namespace percept::training {
namespace {

// Room for the bookkeeping of one snapshot, besides its parameters and encodings.
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
      ended_(ended) {}

void SnapshotHistory::Publish(storage::SnapshotRecord snapshot) {
  auto entry = std::make_shared<Entry>();
  entry->metrics_bytes =
      std::make_shared<const std::string>(encoder_(job_, snapshot, SnapshotView::kMetrics));
  // The full encoding, if it comes to that, is as large as the parameters.
  const auto parameter_bytes =
      static_cast<int64_t>(snapshot.parameters != nullptr ? snapshot.parameters->size() : 0);
  entry->size_bytes = kEntryOverheadBytes + 2 * parameter_bytes +
                      static_cast<int64_t>(entry->metrics_bytes->size());
  entry->snapshot = std::move(snapshot);
  {
    absl::MutexLock lock(&mutex_);
    count_ = entry->snapshot.index + 1;
    window_bytes_ += entry->size_bytes;
    window_.push_back(std::move(entry));
    while (window_bytes_ > kWindowBytes) {
      window_bytes_ -= window_.front()->size_bytes;
      window_.pop_front();
    }
  }
  Notify();
}

void SnapshotHistory::End() {
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  Notify();
}

void SnapshotHistory::NotifyStateChanged() {
  {
    absl::MutexLock lock(&mutex_);
    ++state_changes_;
  }
  Notify();
}

void SnapshotHistory::Notify() {
  std::vector<std::shared_ptr<const std::function<void()>>> listeners;
  {
    absl::MutexLock lock(&mutex_);
    listeners.reserve(listeners_.size());
    for (const auto& [id, listener] : listeners_) listeners.push_back(listener);
  }
  for (const auto& listener : listeners) (*listener)();
}

int64_t SnapshotHistory::count() const {
  absl::MutexLock lock(&mutex_);
  return count_;
}

int64_t SnapshotHistory::state_changes() const {
  absl::MutexLock lock(&mutex_);
  return state_changes_;
}

bool SnapshotHistory::ended() const {
  absl::MutexLock lock(&mutex_);
  return ended_;
}

absl::StatusOr<std::vector<EncodedSnapshot>> SnapshotHistory::Read(int64_t start_index,
                                                                   SnapshotView view,
                                                                   int64_t max_bytes) const {
  std::vector<std::shared_ptr<Entry>> entries;
  int64_t stored_end = 0;  // Snapshots before this index are in the store alone.
  {
    absl::MutexLock lock(&mutex_);
    if (start_index >= count_) return std::vector<EncodedSnapshot>();
    stored_end = count_ - static_cast<int64_t>(window_.size());
    if (start_index >= stored_end) {
      int64_t expected_bytes = 0;
      for (auto each = window_.begin() + (start_index - stored_end); each != window_.end();
           ++each) {
        if (!entries.empty() && expected_bytes >= max_bytes) break;
        expected_bytes += view == SnapshotView::kFull
                              ? (*each)->size_bytes / 2
                              : static_cast<int64_t>((*each)->metrics_bytes->size());
        entries.push_back(*each);
      }
    }
  }
  if (entries.empty()) return ReadStored(start_index, stored_end, view, max_bytes);
  std::vector<EncodedSnapshot> snapshots;
  snapshots.reserve(entries.size());
  for (const auto& entry : entries)
    snapshots.push_back({entry->snapshot.index, Encoded(*entry, view)});
  return snapshots;
}

std::shared_ptr<const std::string> SnapshotHistory::Encoded(Entry& entry, SnapshotView view) const {
  if (view == SnapshotView::kMetrics) return entry.metrics_bytes;
  absl::MutexLock lock(&entry.full_mutex);
  if (entry.full_bytes == nullptr) {
    entry.full_bytes =
        std::make_shared<const std::string>(encoder_(job_, entry.snapshot, SnapshotView::kFull));
  }
  return entry.full_bytes;
}

absl::StatusOr<std::vector<EncodedSnapshot>> SnapshotHistory::ReadStored(int64_t start_index,
                                                                         int64_t end_index,
                                                                         SnapshotView view,
                                                                         int64_t max_bytes) const {
  const int limit = static_cast<int>(std::min<int64_t>(kReadLimit, end_index - start_index));
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<storage::SnapshotRecord> records,
                           repository_->Read(job_.id, start_index, limit, view, max_bytes));
  if (records.empty()) {
    return absl::DataLossError(
        absl::StrCat("jobs/", job_.id, "/snapshots/", start_index, ": missing from the store"));
  }
  std::vector<EncodedSnapshot> snapshots;
  int64_t total_bytes = 0;
  for (const storage::SnapshotRecord& record : records) {
    if (!snapshots.empty() && total_bytes >= max_bytes) break;
    auto bytes = std::make_shared<const std::string>(encoder_(job_, record, view));
    total_bytes += static_cast<int64_t>(bytes->size());
    snapshots.push_back({record.index, std::move(bytes)});
  }
  return snapshots;
}

std::unique_ptr<SnapshotHistory::Subscription> SnapshotHistory::Listen(
    const std::shared_ptr<SnapshotHistory>& history, std::function<void()> listener) {
  auto shared = std::make_shared<const std::function<void()>>(std::move(listener));
  absl::MutexLock lock(&history->mutex_);
  const int64_t id = history->next_listener_++;
  history->listeners_.emplace(id, std::move(shared));
  return std::make_unique<Subscription>(history, id);
}

SnapshotHistory::Subscription::~Subscription() {
  decltype(history_->listeners_)::node_type gone;  // What the listener holds goes under no lock.
  absl::MutexLock lock(&history_->mutex_);
  gone = history_->listeners_.extract(id_);
}

}  // namespace percept::training
