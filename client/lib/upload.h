#ifndef PERCEPT_CLIENT_LIB_UPLOAD_H_
#define PERCEPT_CLIENT_LIB_UPLOAD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "client/lib/backoff.h"
#include "client/lib/client.h"

namespace percept::client {

struct UploadOptions {
  // What the data set is to be; `files` is filled in from `paths`.
  v1::Upload upload;
  // The files of this machine, in the order of the format.
  std::vector<std::string> paths;
  // Bytes in a message, from 1 to 1 MiB.
  int64_t chunk_bytes = int64_t{1} << 20;
  // An upload ends with an error when nothing got through for so long.
  absl::Duration give_up_after = absl::Seconds(60);
  BackoffLimits backoff;
};

enum class UploadPhase {
  kHashing,    // Reading the files for their checksums.
  kSending,    // Sending them.
  kFinishing,  // Waiting for the server to make the data set.
};

// Is shown how an upload goes. Called on the thread that runs it; must not call it.
class UploadVisitor {
 public:
  virtual ~UploadVisitor() = default;

  // `done_bytes` of `total_bytes` of all files are through this phase.
  virtual void OnProgress(UploadPhase phase, int64_t done_bytes, int64_t total_bytes) = 0;
  // The connection was lost; the upload goes on when the server is back. Called once per loss.
  virtual void OnDisconnected(const absl::Status& why) = 0;
  // The server is back.
  virtual void OnReconnected() = 0;
};

// Sends files to the server, which makes a data set of them. Goes on where it was when connections
// or the server break in between.
//
// Errors: DataLoss for a file of this machine that cannot be read, naming it; what the server
// answered, such as InvalidArgument naming file, row and column; Unavailable when nothing got
// through for `give_up_after`; Cancelled when the client's cancellation ended it. Whatever the
// error, what was sent is deleted on the server if that can be reached. `visitor` must outlive the
// call.
absl::StatusOr<v1::Dataset> UploadFiles(Client& client, const UploadOptions& options,
                                        UploadVisitor& visitor);

}  // namespace percept::client

#endif  // PERCEPT_CLIENT_LIB_UPLOAD_H_
