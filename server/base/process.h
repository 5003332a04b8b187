#ifndef PERCEPT_SERVER_BASE_PROCESS_H_
#define PERCEPT_SERVER_BASE_PROCESS_H_

#include <cstdint>

#include "absl/time/time.h"

namespace percept {

// What this process takes of the machine; 0 where the system does not say.
struct ProcessUse {
  int64_t resident_bytes = 0;
  absl::Duration cpu_time;  // Of all its threads.
  int32_t processors = 0;   // That it may use.
  int64_t threads = 0;
  int64_t open_descriptors = 0;
  int64_t max_descriptors = 0;
};

// As of now. Takes a fraction of a millisecond.
ProcessUse UseOfProcess();

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_PROCESS_H_
