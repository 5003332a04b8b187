#ifndef PERCEPT_SERVER_DATA_UPLOADS_H_
#define PERCEPT_SERVER_DATA_UPLOADS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/data/catalogue.h"
#include "server/data/repositories.h"

namespace percept::data {

// Data sets on their way to the server, each a folder of partly received files. They survive a
// restart; those nobody goes on with expire. Thread-safe; calls may block on the disk.
class Uploads {
 public:
  struct Options {
    std::string folder;                            // Made where it is not there.
    int64_t max_upload_bytes = int64_t{1} << 30;   // Of an upload's files, also once decompressed.
    int max_uploads = 32;                          // Under way at once.
    absl::Duration lifetime = absl::Hours(24);     // Since the last chunk.
  };

  // The others must outlive it.
  Uploads(Options options, UploadRepository* repository, Catalogue* catalogue, const Clock* clock);

  // Deletes folders without a record, and what has expired. Call once, before any other.
  absl::Status Recover();

  // Begins an upload of `request` (`id`, `owner` and `expire_time` are given here).
  // InvalidArgument naming the field (as in `upload.files[0].size_bytes`); AlreadyExists when the
  // data set's id is taken; ResourceExhausted when too large or too many are under way.
  absl::StatusOr<UploadRecord> Create(UploadRecord request, absl::string_view owner);

  // How far it has come. NotFound.
  absl::StatusOr<UploadRecord> Get(absl::string_view id);

  // Adds bytes to a file. NotFound; InvalidArgument for a file that is not announced, no bytes,
  // more than 1 MiB, or more than announced; OutOfRange, naming where the file ends, when `offset`
  // is another; DataLoss when `crc32c` is not that of the bytes; FailedPrecondition when finished.
  absl::StatusOr<UploadRecord> Append(absl::string_view id, int32_t file_index, int64_t offset,
                                      absl::string_view bytes, std::optional<uint32_t> crc32c);

  // Makes the data set. FailedPrecondition while bytes are missing, naming file and number;
  // DataLoss when a file has not its SHA-256; else as the readers say, and AlreadyExists. After
  // InvalidArgument or DataLoss the upload is gone. A finished upload gives its data set again.
  absl::StatusOr<DatasetRecord> Finish(absl::string_view id);

  // Gives up an upload. NotFound.
  absl::Status Delete(absl::string_view id);

 private:
  const Options options_;
  UploadRepository* const repository_;  // Thread-safe.
  Catalogue* const catalogue_;          // Thread-safe.
  const Clock* const clock_;            // Thread-safe.
};

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_UPLOADS_H_
