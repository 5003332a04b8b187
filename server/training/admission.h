#ifndef PERCEPT_SERVER_TRAINING_ADMISSION_H_
#define PERCEPT_SERVER_TRAINING_ADMISSION_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "server/data/catalogue.h"
#include "server/storage/records.h"

namespace percept::training {

// A job as a client asks for it.
struct JobRequest {
  storage::JobSpec spec;  // Checked, defaults filled in.
  std::string owner;
  std::string request_id;  // Empty when the client gave none.
};

// The record of a new job on `dataset`, under a fresh id, created at `now`. ResourceExhausted when
// training it would take more than `max_memory_bytes`.
absl::StatusOr<storage::JobRecord> Admit(const JobRequest& request,
                                         const data::DatasetRecord& dataset,
                                         int64_t max_memory_bytes, absl::Time now);

// Ok when `request` asks for what its request id asked for before; AlreadyExists otherwise.
absl::Status CheckRepeated(const JobRequest& request, const storage::JobRecord& earlier);

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_ADMISSION_H_
