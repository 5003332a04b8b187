#ifndef PERCEPT_SERVER_INSPECT_DEMO_SCHEDULE_CURVE_H_
#define PERCEPT_SERVER_INSPECT_DEMO_SCHEDULE_CURVE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

#include "server/base/model_spec.h"

namespace percept::inspect {

struct ScheduleCurve {
  std::vector<int64_t> steps;  // tau, ascending, each once.
  std::vector<double> learning_rates;
};

// The learning rates that training by `training` has from tau = 0 to `last_step`, at most `points`
// of them, evenly spread, ends included. `last_step` is at least 1 and `points` at least 2.
// InvalidArgument as ml::CreateSchedule says.
absl::StatusOr<ScheduleCurve> SampleSchedule(const TrainingSpec& training, int64_t last_step,
                                             int32_t points);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_DEMO_SCHEDULE_CURVE_H_
