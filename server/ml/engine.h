#ifndef PERCEPT_SERVER_ML_ENGINE_H_
#define PERCEPT_SERVER_ML_ENGINE_H_

#include <cstdint>

namespace percept::ml {

// Raised whenever a change may alter the bits of any training: jobs begun under another revision
// are not continued as if nothing had happened.
inline constexpr int32_t kEngineRevision = 2;

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_ENGINE_H_
