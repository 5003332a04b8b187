#ifndef PERCEPT_TESTS_SUPPORT_MEMORY_DATASET_REPOSITORY_H_
#define PERCEPT_TESTS_SUPPORT_MEMORY_DATASET_REPOSITORY_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/data/repositories.h"

namespace percept::testing {

// Keeps records in memory. Thread-safe.
class MemoryDatasetRepository final : public data::DatasetRepository {
 public:
  absl::Status Insert(const data::DatasetRecord& record) override {
    absl::MutexLock lock(&mutex_);
    if (records_.try_emplace(record.id, record).second) return absl::OkStatus();
    return absl::AlreadyExistsError(absl::StrCat("datasets/", record.id, ": exists already"));
  }

  absl::StatusOr<data::DatasetRecord> Get(absl::string_view id) const override {
    absl::MutexLock lock(&mutex_);
    const auto found = records_.find(std::string(id));
    if (found == records_.end())
      return absl::NotFoundError(absl::StrCat("datasets/", id, ": no such data set"));
    return WithReads(found->second);
  }

  absl::StatusOr<std::vector<data::DatasetRecord>> List(
      absl::string_view after, int limit, const std::optional<Reader>& reader) const override {
    absl::MutexLock lock(&mutex_);
    std::vector<data::DatasetRecord> page;
    for (auto next = records_.upper_bound(std::string(after)); next != records_.end(); ++next) {
      if (static_cast<int>(page.size()) == limit) break;
      const data::DatasetRecord& record = next->second;
      if (reader.has_value() && !reader->MayRead(record.owner, record.visibility)) continue;
      page.push_back(WithReads(next->second));
    }
    return page;
  }

  absl::Status SetVisibility(absl::string_view id, Visibility visibility) override {
    absl::MutexLock lock(&mutex_);
    const auto found = records_.find(std::string(id));
    if (found == records_.end())
      return absl::NotFoundError(absl::StrCat("datasets/", id, ": no such data set"));
    found->second.visibility = visibility;
    return absl::OkStatus();
  }

  absl::StatusOr<int64_t> TotalBytes(std::optional<absl::string_view> owner) const override {
    absl::MutexLock lock(&mutex_);
    int64_t bytes = 0;
    for (const auto& [id, record] : records_) {
      if (!owner.has_value() || record.owner == *owner) bytes += record.size_bytes;
    }
    return bytes;
  }

  absl::StatusOr<int64_t> Count() const override {
    absl::MutexLock lock(&mutex_);
    return static_cast<int64_t>(records_.size());
  }

  absl::StatusOr<int64_t> CountByDigest(absl::string_view digest) const override {
    absl::MutexLock lock(&mutex_);
    return std::count_if(records_.begin(), records_.end(),
                         [&](const auto& entry) { return entry.second.digest == digest; });
  }

  absl::Status Delete(absl::string_view id) override {
    absl::MutexLock lock(&mutex_);
    const std::string key(id);
    if (used_.contains(key)) {
      return absl::FailedPreconditionError(absl::StrCat(
          "datasets/", id, ": must not be in use to be deleted, got 1 job that refers to it"));
    }
    if (records_.erase(key) == 0)
      return absl::NotFoundError(absl::StrCat("datasets/", id, ": no such data set"));
    test_reads_.erase(key);
    return absl::OkStatus();
  }

  absl::Status RecordTestRead(absl::string_view id, absl::Time time) override {
    absl::MutexLock lock(&mutex_);
    data::TestReads& reads = test_reads_[std::string(id)];
    ++reads.count;
    reads.last_time = time;
    return absl::OkStatus();
  }

  absl::StatusOr<data::TestReads> GetTestReads(absl::string_view id) const override {
    absl::MutexLock lock(&mutex_);
    const auto found = test_reads_.find(std::string(id));
    return found == test_reads_.end() ? data::TestReads{} : found->second;
  }

  // Has a job refer to the data set from now on.
  void Use(const std::string& id) {
    absl::MutexLock lock(&mutex_);
    used_.insert(id);
  }

  // Changes a stored record behind the back of its users.
  void Tamper(const std::string& id, const std::function<void(data::DatasetRecord&)>& change) {
    absl::MutexLock lock(&mutex_);
    change(records_.at(id));
  }

 private:
  mutable absl::Mutex mutex_;
  data::DatasetRecord WithReads(data::DatasetRecord record) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (const auto reads = test_reads_.find(record.id); reads != test_reads_.end()) {
      record.test_read_count = reads->second.count;
      record.last_test_read_time = reads->second.last_time;
    }
    return record;
  }

  std::map<std::string, data::DatasetRecord> records_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, data::TestReads> test_reads_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> used_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_MEMORY_DATASET_REPOSITORY_H_
