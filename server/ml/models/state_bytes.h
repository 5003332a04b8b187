#ifndef PERCEPT_SERVER_ML_MODELS_STATE_BYTES_H_
#define PERCEPT_SERVER_ML_MODELS_STATE_BYTES_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"

#include "server/base/status.h"

namespace percept::ml {

// InvalidArgument unless a state to be imported has the size of what this model exports.
inline absl::Status CheckStateBytes(int64_t wanted, absl::Span<const char> bytes) {
  if (static_cast<int64_t>(bytes.size()) == wanted) return absl::OkStatus();
  return InvalidField("state", absl::StrCat("must have ", wanted, " bytes for this model"),
                      bytes.size());
}

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_MODELS_STATE_BYTES_H_
