#ifndef PERCEPT_TESTS_SUPPORT_MEMORY_DATASET_REPOSITORY_H_
#define PERCEPT_TESTS_SUPPORT_MEMORY_DATASET_REPOSITORY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "server/data/catalogue.h"

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
    return found->second;
  }

  absl::StatusOr<std::vector<data::DatasetRecord>> List(absl::string_view after,
                                                        int limit) const override {
    absl::MutexLock lock(&mutex_);
    std::vector<data::DatasetRecord> page;
    for (auto next = records_.upper_bound(std::string(after)); next != records_.end(); ++next) {
      if (static_cast<int>(page.size()) == limit) break;
      page.push_back(next->second);
    }
    return page;
  }

  absl::StatusOr<int64_t> Count() const override {
    absl::MutexLock lock(&mutex_);
    return static_cast<int64_t>(records_.size());
  }

  // Changes a stored record behind the back of its users.
  void Tamper(const std::string& id, const std::function<void(data::DatasetRecord&)>& change) {
    absl::MutexLock lock(&mutex_);
    change(records_.at(id));
  }

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, data::DatasetRecord> records_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_MEMORY_DATASET_REPOSITORY_H_
