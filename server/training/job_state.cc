#include "server/training/job_state.h"

namespace percept::training {

bool CanTransition(storage::JobState from, storage::JobState to) {
  using enum storage::JobState;
  switch (from) {
    case kQueued:
      return to == kRunning || to == kPaused || to == kFailed || to == kCancelled;
    case kRunning:
      return to == kQueued || to == kPaused || to == kSucceeded || to == kFailed ||
             to == kCancelled;
    case kPaused:
      return to == kQueued || to == kFailed || to == kCancelled;
    case kSucceeded:
    case kFailed:
    case kCancelled:
      return false;
  }
  return false;
}

}  // namespace percept::training
