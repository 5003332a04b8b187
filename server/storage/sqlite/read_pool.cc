#include "server/storage/sqlite/read_pool.h"

namespace percept::storage {
namespace {

constexpr int kMaxConnections = 8;

}  // namespace

bool ReadPool::HasRoom() const { return lent_ < kMaxConnections; }

absl::StatusOr<ReadPool::Lease> ReadPool::Take() {
  {
    absl::MutexLock lock(&mutex_, absl::Condition(this, &ReadPool::HasRoom));
    ++lent_;
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return Lease(this, std::move(connection));
    }
  }
  absl::StatusOr<std::unique_ptr<Connection>> connection =
      Connection::Open(path_, Connection::Mode::kRead);
  if (connection.ok()) return Lease(this, *std::move(connection));
  absl::MutexLock lock(&mutex_);
  --lent_;
  return connection.status();
}

void ReadPool::GiveBack(std::unique_ptr<Connection> connection) {
  absl::MutexLock lock(&mutex_);
  --lent_;
  idle_.push_back(std::move(connection));
}

}  // namespace percept::storage
