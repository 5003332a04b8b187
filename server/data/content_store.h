#ifndef PERCEPT_SERVER_DATA_CONTENT_STORE_H_
#define PERCEPT_SERVER_DATA_CONTENT_STORE_H_

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "server/data/dataset.h"
#include "server/data/repositories.h"

namespace percept::data {

// The contents that cannot be drawn again, as files of a folder, one for each digest, for as long
// as a record refers to it. Thread-safe.
class ContentStore {
 public:
  // `repository` must outlive the store.
  ContentStore(std::string folder, DatasetRepository* repository);

  // Makes the folder and deletes the files in it that no record refers to, left by a crash. Call
  // once, before any other.
  absl::Status Recover();

  // Keeps the content, then inserts the record: both are durable when it returns, or there is
  // neither. What the repository and `WriteContentFile` say.
  absl::Status Insert(const DatasetRecord& record, const Dataset& content);

  // Deletes the record, whatever its source, and its content once no other refers to it. What the
  // repository says.
  absl::Status Delete(const DatasetRecord& record);

  // As `ReadContentFile`, the digest unchecked.
  absl::StatusOr<Dataset> Read(absl::string_view digest) const;

 private:
  std::string PathOf(absl::string_view digest) const;
  void RemoveUnlessUsed(const std::string& digest) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string folder_;
  DatasetRepository* const repository_;  // Thread-safe.
  absl::Mutex mutex_;
  // Records on their way by digest: a file that seems unused may be theirs.
  std::map<std::string, int> arriving_ ABSL_GUARDED_BY(mutex_);
};

// Copies the content of `digest` from one content folder to another, as a file that is durable and
// of which there is none when this fails. NotFound where the first has none; else as `DiskError`
// says.
absl::Status CopyContent(absl::string_view digest, const std::string& from_folder,
                         const std::string& to_folder);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_CONTENT_STORE_H_
