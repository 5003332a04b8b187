#ifndef PERCEPT_SERVER_DATA_READ_UPLOAD_H_
#define PERCEPT_SERVER_DATA_READ_UPLOAD_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "server/data/carving.h"
#include "server/data/dataset.h"
#include "server/data/readers/input_file.h"
#include "server/data/repositories.h"
#include "server/data/upload_folder.h"

namespace percept::data {

// How an upload's training examples are to be carved.
Carving CarvingOf(const UploadSource& source);

// Reads the files of an upload that is complete, those compressed by gzip unpacked, and carves its
// splits. Leaves the folder as it is. DataLoss where a file has not its SHA-256; Unavailable where
// the disk fails; else what the readers and `Carve` say.
absl::StatusOr<Dataset> ReadUpload(const UploadRecord& upload, const UploadFolder& folder,
                                   const ReadLimits& limits);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_READ_UPLOAD_H_
