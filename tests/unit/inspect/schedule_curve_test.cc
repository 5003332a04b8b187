#include "server/inspect/demo/schedule_curve.h"

#include <cmath>
#include <set>

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace percept::inspect {
namespace {

using ::percept::testing::StatusIs;
using ::testing::Each;
using ::testing::ElementsAre;

TEST(SampleSchedule, StepsDownAsInTheNotebook) {
  const TrainingSpec training = {.learning_rate = 0.05,
                                 .schedule = ScheduleKind::kStep,
                                 .schedule_gamma = 0.7,
                                 .schedule_sigma = 1000};
  ASSERT_OK_AND_ASSIGN(const ScheduleCurve curve, SampleSchedule(training, 2800, 2801));
  ASSERT_EQ(curve.steps.size(), 2801u);
  for (size_t place = 0; place < curve.steps.size(); ++place) {
    ASSERT_EQ(curve.steps[place], static_cast<int64_t>(place));
    const double expected = place < 1000 ? 0.05 : place < 2000 ? 0.035 : 0.0245;
    ASSERT_NEAR(curve.learning_rates[place], expected, 1e-15) << place;
  }
}

TEST(SampleSchedule, FallsInverselyAsInTheNotebook) {
  const TrainingSpec training = {.learning_rate = 0.05,
                                 .schedule = ScheduleKind::kInverse,
                                 .schedule_gamma = 0.1,
                                 .schedule_rho = 0.1};
  ASSERT_OK_AND_ASSIGN(const ScheduleCurve curve, SampleSchedule(training, 2800, 1000));
  ASSERT_EQ(curve.steps.size(), 1000u);
  for (size_t place = 0; place < curve.steps.size(); ++place) {
    const auto tau = static_cast<double>(curve.steps[place]);
    ASSERT_NEAR(curve.learning_rates[place], 0.05 / std::pow(1.0 + 0.1 * tau, 0.1), 1e-15);
  }
}

TEST(SampleSchedule, SpreadsItsPointsOverTheSteps) {
  ASSERT_OK_AND_ASSIGN(const ScheduleCurve few,
                       SampleSchedule({.learning_rate = 0.5}, 1'000'000'000, 5));
  EXPECT_THAT(few.steps, ElementsAre(0, 250'000'000, 500'000'000, 750'000'000, 1'000'000'000));
  EXPECT_THAT(few.learning_rates, Each(0.5));
  // No more points than steps.
  ASSERT_OK_AND_ASSIGN(const ScheduleCurve all, SampleSchedule({}, 3, 10'000));
  EXPECT_THAT(all.steps, ElementsAre(0, 1, 2, 3));
  ASSERT_OK_AND_ASSIGN(const ScheduleCurve uneven, SampleSchedule({}, 1001, 1000));
  EXPECT_EQ(std::set<int64_t>(uneven.steps.begin(), uneven.steps.end()).size(), 1000u);
  EXPECT_EQ(uneven.steps.front(), 0);
  EXPECT_EQ(uneven.steps.back(), 1001);
}

TEST(SampleSchedule, RefusesAScheduleThatIsNone) {
  EXPECT_THAT(SampleSchedule({.schedule = ScheduleKind::kStep, .schedule_sigma = 0}, 10, 10),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace percept::inspect
