#ifndef PERCEPT_SERVER_DATA_CHECK_UPLOAD_H_
#define PERCEPT_SERVER_DATA_CHECK_UPLOAD_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "server/data/repositories.h"

// What an upload and its chunks must hold to. Fields are named as in the requests, such as
// `upload.files[0].size_bytes`.
namespace percept::data {

// InvalidArgument, naming all that is wrong; ResourceExhausted for more bytes than `max_bytes`.
absl::Status CheckUpload(const UploadRecord& upload, int64_t max_bytes);

// Whether a chunk can be added to a file; `received_bytes` are those the upload has.
// InvalidArgument for a file that is not announced or too many bytes; OutOfRange for another offset
// than the file's end.
absl::Status CheckPlace(const UploadRecord& upload, int32_t file_index, int64_t offset,
                        int64_t size_bytes);

// FailedPrecondition, naming the first file of which bytes are missing.
absl::Status CheckComplete(const UploadRecord& upload);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_CHECK_UPLOAD_H_
