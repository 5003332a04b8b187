#include "server/training/snapshot_writer.h"

#include <pthread.h>

#include <utility>
#include <vector>

#include "server/base/logging.h"

namespace percept::training {
namespace {

constexpr int64_t kItemOverheadBytes = 512;

int64_t SizeBytes(const storage::SnapshotRecord& snapshot) {
  int64_t size = kItemOverheadBytes;
  if (snapshot.parameters != nullptr) size += static_cast<int64_t>(snapshot.parameters->size());
  if (snapshot.batch_indices != nullptr) {
    size += static_cast<int64_t>(snapshot.batch_indices->size() * sizeof(uint32_t));
  }
  return size;
}

}  // namespace

SnapshotWriter::SnapshotWriter(storage::SnapshotRepository* repository) : repository_(repository) {
  thread_ = std::thread([this] { Work(); });
  pthread_setname_np(thread_.native_handle(), "store");
}

SnapshotWriter::~SnapshotWriter() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

absl::Status SnapshotWriter::Append(const std::shared_ptr<Lane>& lane,
                                    storage::SnapshotRecord snapshot) {
  Item item{lane, std::move(snapshot), 0};
  item.size_bytes = SizeBytes(item.snapshot);
  absl::MutexLock lock(&mutex_);
  // A snapshot larger than the bound goes alone.
  const auto has_room = [this, &item, &lane]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !lane->status_.ok() || queued_bytes_ == 0 ||
           queued_bytes_ + item.size_bytes <= kQueueBytes;
  };
  mutex_.Await(absl::Condition(&has_room));
  if (!lane->status_.ok()) return lane->status_;
  queued_bytes_ += item.size_bytes;
  ++lane->pending_;
  queue_.push_back(std::move(item));
  return absl::OkStatus();
}

absl::Status SnapshotWriter::Drain(const std::shared_ptr<Lane>& lane) {
  absl::MutexLock lock(&mutex_);
  const auto drained = [&lane] { return lane->pending_ == 0; };
  mutex_.Await(absl::Condition(&drained));
  return lane->status_;
}

void SnapshotWriter::Work() {
  while (true) {
    std::deque<Item> items;
    {
      absl::MutexLock lock(&mutex_);
      const auto has_work = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return stopping_ || !queue_.empty();
      };
      mutex_.Await(absl::Condition(&has_work));
      if (queue_.empty()) return;
      items.swap(queue_);
    }
    Store(std::move(items));
  }
}

void SnapshotWriter::Store(std::deque<Item> items) {
  std::vector<storage::PendingSnapshot> pending;
  pending.reserve(items.size());
  for (const Item& item : items) pending.push_back({item.lane->job_id_, item.snapshot});
  const absl::Status together = repository_->Append(pending);
  for (size_t number = 0; number < items.size(); ++number) {
    // When the group fails, each is tried alone, so that one job's fault is not another's.
    Finish(items[number], together.ok() ? together : StoreAlone(items[number], pending[number]));
  }
}

absl::Status SnapshotWriter::StoreAlone(const Item& item, const storage::PendingSnapshot& pending) {
  {
    absl::MutexLock lock(&mutex_);
    if (!item.lane->status_.ok()) return item.lane->status_;
  }
  return repository_->Append({&pending, 1});
}

void SnapshotWriter::Finish(const Item& item, const absl::Status& status) {
  if (status.ok()) {
    item.lane->history_->Publish(item.snapshot);
  } else {
    log::Error(
        "a snapshot could not be stored",
        {{"job", item.lane->job_id_}, {"index", item.snapshot.index}, {"error", status.message()}});
  }
  absl::MutexLock lock(&mutex_);
  queued_bytes_ -= item.size_bytes;
  --item.lane->pending_;
  if (item.lane->status_.ok()) item.lane->status_ = status;
}

}  // namespace percept::training
