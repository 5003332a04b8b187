#ifndef PERCEPT_TESTS_SUPPORT_MEMORY_UPLOAD_REPOSITORY_H_
#define PERCEPT_TESTS_SUPPORT_MEMORY_UPLOAD_REPOSITORY_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "server/data/repositories.h"

namespace percept::testing {

// Keeps records in memory. Thread-safe.
class MemoryUploadRepository final : public data::UploadRepository {
 public:
  absl::Status Insert(const data::UploadRecord& record) override {
    absl::MutexLock lock(&mutex_);
    if (records_.try_emplace(record.id, Kept(record)).second) return absl::OkStatus();
    return absl::AlreadyExistsError(absl::StrCat("uploads/", record.id, ": exists already"));
  }

  absl::StatusOr<data::UploadRecord> Get(absl::string_view id) const override {
    absl::MutexLock lock(&mutex_);
    const auto found = records_.find(std::string(id));
    if (found == records_.end()) return NotFound(id);
    return found->second;
  }

  absl::StatusOr<Listing> List() const override {
    absl::MutexLock lock(&mutex_);
    Listing listing;
    for (const auto& [id, record] : records_) {
      if (damaged_.contains(id)) {
        listing.damaged.push_back(id);
      } else {
        listing.uploads.push_back(record);
      }
    }
    return listing;
  }

  absl::Status Update(const data::UploadRecord& record) override {
    if (on_update_) on_update_();
    absl::MutexLock lock(&mutex_);
    ++updates_;
    if (fails_updates_) return absl::UnavailableError("the store does not answer");
    const auto found = records_.find(record.id);
    if (found == records_.end()) return NotFound(record.id);
    found->second.finished = record.finished;
    found->second.expire_time = record.expire_time;
    return absl::OkStatus();
  }

  absl::Status Delete(absl::string_view id) override {
    absl::MutexLock lock(&mutex_);
    records_.erase(std::string(id));
    damaged_.erase(std::string(id));
    return absl::OkStatus();
  }

  // Calls of Update so far.
  int updates() const {
    absl::MutexLock lock(&mutex_);
    return updates_;
  }

  // Calls `on_update` at the beginning of each update. Set while nobody else uses the repository.
  void OnUpdate(std::function<void()> on_update) { on_update_ = std::move(on_update); }

  // Makes a record one that cannot be read.
  void Damage(const std::string& id) {
    absl::MutexLock lock(&mutex_);
    damaged_.insert(id);
  }

  // Whether updates fail from now on.
  void FailUpdates(bool fails) {
    absl::MutexLock lock(&mutex_);
    fails_updates_ = fails;
  }

 private:
  static data::UploadRecord Kept(data::UploadRecord record) {
    for (data::UploadFile& file : record.files) file.received_bytes = 0;
    return record;
  }

  static absl::Status NotFound(absl::string_view id) {
    return absl::NotFoundError(absl::StrCat("uploads/", id, ": no such upload"));
  }

  std::function<void()> on_update_;
  mutable absl::Mutex mutex_;
  std::map<std::string, data::UploadRecord> records_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> damaged_ ABSL_GUARDED_BY(mutex_);
  int updates_ ABSL_GUARDED_BY(mutex_) = 0;
  bool fails_updates_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_MEMORY_UPLOAD_REPOSITORY_H_
