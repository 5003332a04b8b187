#include "server/ml/schedule.h"

#include "gtest/gtest.h"

namespace percept::ml {
namespace {

TEST(ConstantSchedule, KeepsTheInitialRate) {
  TrainingSpec training;
  training.learning_rate = 0.25;
  const auto schedule = CreateSchedule(training);
  ASSERT_TRUE(schedule.ok()) << schedule.status();
  for (const int64_t step : {int64_t{0}, int64_t{1}, int64_t{1} << 40}) {
    EXPECT_EQ((*schedule)->LearningRate(step), 0.25);
  }
}

TEST(CreateSchedule, RefusesOthersByName) {
  TrainingSpec training;
  training.schedule = ScheduleKind::kInverse;
  const auto schedule = CreateSchedule(training);
  EXPECT_EQ(schedule.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(schedule.status().message(), "schedule: this server has constant only, got inverse");
}

}  // namespace
}  // namespace percept::ml
