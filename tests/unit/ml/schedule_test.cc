#include "server/ml/schedule.h"

#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "gtest/gtest.h"

namespace percept::ml {
namespace {

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

TrainingSpec Constant(double learning_rate) {
  TrainingSpec training;
  training.learning_rate = learning_rate;
  return training;
}

TrainingSpec Step(double learning_rate, double gamma, int64_t sigma) {
  TrainingSpec training = Constant(learning_rate);
  training.schedule = ScheduleKind::kStep;
  training.schedule_gamma = gamma;
  training.schedule_sigma = sigma;
  return training;
}

TrainingSpec Inverse(double learning_rate, double gamma, double rho) {
  TrainingSpec training = Constant(learning_rate);
  training.schedule = ScheduleKind::kInverse;
  training.schedule_gamma = gamma;
  training.schedule_rho = rho;
  return training;
}

std::unique_ptr<Schedule> Make(const TrainingSpec& training) {
  auto schedule = CreateSchedule(training);
  EXPECT_TRUE(schedule.ok()) << schedule.status();
  return *std::move(schedule);
}

TEST(ConstantSchedule, KeepsTheInitialRate) {
  const auto schedule = Make(Constant(0.25));
  for (const int64_t step : {int64_t{0}, int64_t{1}, kLargest}) {
    EXPECT_EQ(schedule->LearningRate(step), 0.25);
  }
}

TEST(StepSchedule, MultipliesByGammaEverySigmaSteps) {
  const auto schedule = Make(Step(0.05, 0.7, 1000));
  EXPECT_EQ(schedule->LearningRate(0), 0.05);
  EXPECT_EQ(schedule->LearningRate(999), 0.05);
  EXPECT_EQ(schedule->LearningRate(1000), 0.05 * 0.7);
  EXPECT_EQ(schedule->LearningRate(1999), 0.05 * 0.7);
  for (int64_t step = 0; step <= 50000; step += 37) {
    const double expected = 0.05 * std::pow(0.7, std::floor(static_cast<double>(step) / 1000.0));
    EXPECT_NEAR(schedule->LearningRate(step) / expected, 1.0, 1e-13) << step;
  }
}

TEST(StepSchedule, NeverLeavesItsRange) {
  EXPECT_EQ(Make(Step(0.05, 1.0, 1))->LearningRate(kLargest), 0.05);
  EXPECT_EQ(Make(Step(0.05, 0.5, 1))->LearningRate(kLargest), 0.0);
  EXPECT_EQ(Make(Step(0.05, 0.5, kLargest))->LearningRate(kLargest - 1), 0.05);
}

TEST(InverseSchedule, DividesByAPowerOfTheSteps) {
  for (const double gamma : {0.0, 0.1, 3.0}) {
    for (const double rho : {0.0, 0.1, 1.0, 2.5}) {
      const auto schedule = Make(Inverse(0.05, gamma, rho));
      EXPECT_EQ(schedule->LearningRate(0), 0.05);
      for (int64_t step = 1; step < (int64_t{1} << 50); step += 1 + step / 3) {
        const double expected = 0.05 / std::pow(1.0 + gamma * static_cast<double>(step), rho);
        EXPECT_NEAR(schedule->LearningRate(step) / expected, 1.0, 1e-13)
            << "gamma " << gamma << ", rho " << rho << ", step " << step;
      }
    }
  }
}

TEST(InverseSchedule, NeverLeavesItsRange) {
  EXPECT_EQ(Make(Inverse(0.05, 1e308, 0.0))->LearningRate(kLargest), 0.05);
  EXPECT_EQ(Make(Inverse(0.05, 0.0, 1e308))->LearningRate(kLargest), 0.05);
  EXPECT_EQ(Make(Inverse(0.05, 1e308, 1e308))->LearningRate(kLargest), 0.0);
}

TEST(Schedule, GivesTheSameBitsOnEveryMachine) {
  EXPECT_EQ(std::bit_cast<uint64_t>(Make(Step(0.05, 0.7, 100))->LearningRate(2800)),
            4522540988759482910u);
  EXPECT_EQ(std::bit_cast<uint64_t>(Make(Inverse(0.05, 0.1, 0.1))->LearningRate(2800)),
            4583857698521333957u);
}

TEST(CreateSchedule, RefusesWhatHasNoMeaningByName) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const auto& [training, message] :
       {std::pair(Step(0.1, 0.5, 0), "schedule.sigma: must be at least 1, got 0"),
        {Step(0.1, -0.5, 1), "schedule.gamma: must be finite and at least 0, got -0.5"},
        {Inverse(0.1, infinity, 1.0), "schedule.gamma: must be finite and at least 0, got inf"},
        {Inverse(0.1, 0.5, -1.0), "schedule.rho: must be finite and at least 0, got -1"}}) {
    const auto schedule = CreateSchedule(training);
    EXPECT_EQ(schedule.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(schedule.status().message(), message);
  }
}

}  // namespace
}  // namespace percept::ml
