#ifndef PERCEPT_SERVER_STORAGE_SQLITE_READ_POOL_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_READ_POOL_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "server/storage/sqlite/connection.h"

namespace percept::storage {

// Connections that read, opened as they are needed, up to a bound. A reader never waits for the
// writer, and for other readers only at the bound. Thread-safe; outlives what it lends.
class ReadPool {
 public:
  explicit ReadPool(std::string path) : path_(std::move(path)) {}

  // A connection on loan; given back when destroyed, after its statements.
  class Lease {
   public:
    Lease(ReadPool* pool, std::unique_ptr<Connection> connection)
        : pool_(pool), connection_(std::move(connection)) {}
    ~Lease() {
      if (connection_ != nullptr) pool_->GiveBack(std::move(connection_));
    }
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;

    Connection* operator->() const { return connection_.get(); }
    Connection& operator*() const { return *connection_; }

   private:
    ReadPool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  absl::StatusOr<Lease> Take();

 private:
  void GiveBack(std::unique_ptr<Connection> connection);
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
  int lent_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_READ_POOL_H_
