#include "server/inspect/demo/schedule_curve.h"

#include <algorithm>
#include <memory>

#include "server/base/status.h"
#include "server/ml/schedule.h"

namespace percept::inspect {

absl::StatusOr<ScheduleCurve> SampleSchedule(const TrainingSpec& training, int64_t last_step,
                                             int32_t points) {
  PERCEPT_ASSIGN_OR_RETURN(const std::unique_ptr<ml::Schedule> schedule,
                           ml::CreateSchedule(training));
  ScheduleCurve curve;
  const int64_t last_point = std::min<int64_t>(points - 1, last_step);
  for (int64_t point = 0; point <= last_point; ++point) {
    // The product is below 1e13 for the most points and steps that there may be.
    const int64_t step = point * last_step / last_point;
    curve.steps.push_back(step);
    curve.learning_rates.push_back(schedule->LearningRate(step));
  }
  return curve;
}

}  // namespace percept::inspect
