#ifndef PERCEPT_TESTS_ROBUSTNESS_PROMISES_H_
#define PERCEPT_TESTS_ROBUSTNESS_PROMISES_H_

#include <cstdint>
#include <optional>

#include "percept/v1/job.pb.h"
#include "tests/support/watch_validators.h"

// What a server has acknowledged and therefore has to show after a kill.
namespace percept::testing {

// What a client knows of something that it asked for. A call whose answer did not come leaves it
// unknown.
enum class Belief { kNo, kUnknown, kYes };

// What a client knows of one job it submitted.
struct Promises {
  v1::Job created;  // As acknowledged.
  Belief paused = Belief::kNo;
  Belief cancelled = Belief::kNo;
  Belief deleted = Belief::kNo;
  int64_t snapshots_sent = 0;    // To any viewer: one above the highest index.
  std::optional<v1::Job> ended;  // As the end of a watch, or any later answer, showed it.
};

// Which of them a server breaks that shows the job as `shown`, or not at all where that is null;
// one sentence each.
Faults CheckPromises(const Promises& promises, const v1::Job* shown);

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_ROBUSTNESS_PROMISES_H_
