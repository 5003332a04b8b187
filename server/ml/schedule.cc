#include "server/ml/schedule.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace percept::ml {
namespace {

absl::string_view NameOf(ScheduleKind kind) {
  switch (kind) {
    case ScheduleKind::kConstant:
      return "constant";
    case ScheduleKind::kStep:
      return "step";
    case ScheduleKind::kInverse:
      return "inverse";
  }
  return "unknown";
}

class ConstantSchedule final : public Schedule {
 public:
  explicit ConstantSchedule(double learning_rate) : learning_rate_(learning_rate) {}

  double LearningRate(int64_t /*step*/) const override { return learning_rate_; }

 private:
  const double learning_rate_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Schedule>> CreateSchedule(const TrainingSpec& training) {
  if (training.schedule != ScheduleKind::kConstant) {
    return absl::UnimplementedError(
        absl::StrCat("schedule: this server has constant only, got ", NameOf(training.schedule)));
  }
  return std::make_unique<ConstantSchedule>(training.learning_rate);
}

}  // namespace percept::ml
