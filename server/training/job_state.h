#ifndef PERCEPT_SERVER_TRAINING_JOB_STATE_H_
#define PERCEPT_SERVER_TRAINING_JOB_STATE_H_

#include "server/storage/records.h"

namespace percept::training {

// The transition table of a job's states: whether `from` may become `to`. RUNNING goes back to
// QUEUED when the server stops under it. No state may become itself.
bool CanTransition(storage::JobState from, storage::JobState to);

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_JOB_STATE_H_
