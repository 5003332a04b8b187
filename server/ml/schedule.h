#ifndef PERCEPT_SERVER_ML_SCHEDULE_H_
#define PERCEPT_SERVER_ML_SCHEDULE_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"

#include "server/base/model_spec.h"

namespace percept::ml {

// The learning rate over time. Immutable, so any thread may ask; the same bits on every machine.
//
// constant  eta0
// step      eta0 gamma^floor(tau / sigma)
// inverse   eta0 / (1 + gamma tau)^rho
class Schedule {
 public:
  virtual ~Schedule() = default;

  // The rate of update number `step` (tau), from 0.
  virtual double LearningRate(int64_t step) const = 0;
};

// The schedule of `training`, with eta0 = `training.learning_rate`. InvalidArgument for a sigma
// below 1, and for a gamma or rho that is negative or not finite.
absl::StatusOr<std::unique_ptr<Schedule>> CreateSchedule(const TrainingSpec& training);

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_SCHEDULE_H_
