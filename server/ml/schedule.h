#ifndef PERCEPT_SERVER_ML_SCHEDULE_H_
#define PERCEPT_SERVER_ML_SCHEDULE_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"

#include "server/base/model_spec.h"

namespace percept::ml {

// The learning rate over time. Immutable, so any thread may ask.
class Schedule {
 public:
  virtual ~Schedule() = default;

  // The rate of update number `step`, from 0.
  virtual double LearningRate(int64_t step) const = 0;
};

// The schedule of `training`, which starts at `training.learning_rate`. Unimplemented for one this
// build does not have.
absl::StatusOr<std::unique_ptr<Schedule>> CreateSchedule(const TrainingSpec& training);

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_SCHEDULE_H_
