#ifndef PERCEPT_SERVER_DATA_UPLOADS_H_
#define PERCEPT_SERVER_DATA_UPLOADS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/data/catalogue.h"
#include "server/data/dataset.h"
#include "server/data/repositories.h"
#include "server/data/upload_folder.h"

namespace percept::data {

// Data sets on their way to the server, each a folder of partly received files. They survive a
// restart; those nobody goes on with expire. Thread-safe; calls may block on the disk, and wait for
// others on the same upload.
class Uploads {
 public:
  static constexpr int64_t kMaxChunkBytes = int64_t{1} << 20;

  struct Options {
    std::string folder;                           // Made where it is not there.
    int64_t max_upload_bytes = int64_t{1} << 30;  // Of an upload's files, also once decompressed.
    int max_uploads = 32;                         // Under way at once.
    absl::Duration lifetime = absl::Hours(24);    // Since the last chunk.
  };

  // The others must outlive it.
  Uploads(Options options, UploadRepository* repository, Catalogue* catalogue, const Clock* clock);

  // Makes the folder, and deletes those in it without a record, and what has expired. Call once,
  // before any other.
  absl::Status Recover();

  // Begins an upload of `request` (`id`, `owner` and `expire_time` are given here).
  // InvalidArgument naming the field (as in `upload.files[0].size_bytes`); AlreadyExists when the
  // data set's id is taken; ResourceExhausted when too large or too many are under way.
  absl::StatusOr<UploadRecord> Create(UploadRecord request, absl::string_view owner);

  // How far it has come. NotFound.
  absl::StatusOr<UploadRecord> Get(absl::string_view id);

  // Adds bytes to a file, durable when it returns. NotFound; InvalidArgument for a file that is not
  // announced, no bytes, more than 1 MiB, or more than announced; OutOfRange, naming where the file
  // ends, when `offset` is another; DataLoss when `crc32c` is not that of the bytes;
  // FailedPrecondition when finished or just being finished; ResourceExhausted when the disk is
  // full. After any error the file is as before, and the upload can go on.
  absl::StatusOr<UploadRecord> Append(absl::string_view id, int32_t file_index, int64_t offset,
                                      absl::string_view bytes, std::optional<uint32_t> crc32c);

  // Makes the data set. FailedPrecondition while bytes are missing, naming file and number;
  // DataLoss when a file has not its SHA-256; else as the readers say, and AlreadyExists. Where the
  // files are found to be damaged, wrong or too large (InvalidArgument, DataLoss,
  // ResourceExhausted), the upload is gone; it stays where the server lacks disk or memory. A
  // finished upload gives its data set again, and NotFound once that is deleted.
  absl::StatusOr<DatasetRecord> Finish(absl::string_view id);

  // Gives up an upload. NotFound.
  absl::Status Delete(absl::string_view id);

 private:
  enum class Use { kBriefly, kAlone };
  class Turn;

  absl::StatusOr<UploadRecord> Find(absl::string_view id) const;
  absl::Status Touch(UploadRecord& record);
  absl::Status Measure(UploadRecord& record) const;
  absl::StatusOr<DatasetRecord> MakeDataset(const UploadRecord& record);
  absl::StatusOr<Dataset> Read(const UploadRecord& record);
  absl::Status Remove(const UploadRecord& record);
  absl::Status RemoveExpired() ABSL_EXCLUSIVE_LOCKS_REQUIRED(creation_mutex_);

  const Options options_;
  UploadRepository* const repository_;  // Thread-safe.
  Catalogue* const catalogue_;          // Thread-safe.
  const Clock* const clock_;            // Thread-safe.
  UploadFolder folder_;                 // Thread-safe, where `busy_` keeps two from one upload.

  // Locks are taken in this order.
  absl::Mutex creation_mutex_;  // Lets uploads begin one after the other, so that they are counted.
  absl::Mutex reading_mutex_;   // Lets one upload at a time take the memory to be read.
  absl::Mutex mutex_;
  std::map<std::string, Use, std::less<>> busy_ ABSL_GUARDED_BY(mutex_);  // Uploads in use, by id.
};

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_UPLOADS_H_
