#include "server/inspect/explore.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/inspect/models.h"
#include "tests/unit/inspect/oracles.h"

namespace percept::inspect {
namespace {

using ::percept::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<double> kStart = {0.3, -0.2};

int32_t LabelOf(const ml::oracle::Vector& p) {
  return static_cast<int32_t>(std::max_element(p.begin(), p.end()) - p.begin());
}

// A class other than the one predicted at the start.
int32_t OtherClass(const TrainedModel& model) {
  return (LabelOf(OracleOf(model).Probabilities(kStart)) + 1) % model.shape.classes;
}

TEST(Exploration, EachStepMatchesPlainLoops) {
  for (const ModelSpec& spec : AllSpecs()) {
    if (spec.kind == ModelKind::kPerceptron) continue;
    SCOPED_TRACE(NameOf(spec));
    const TrainedModel model = RandomModel(spec, {2, 3});
    const ml::oracle::Network oracle = OracleOf(model);
    ExploreOptions options;
    options.target = OtherClass(model);
    options.step_size = 0.7;
    ASSERT_OK_AND_ASSIGN(Network network, Network::Of(model));
    ASSERT_OK_AND_ASSIGN(Exploration path, Exploration::Begin(std::move(network), kStart, options));
    ml::oracle::Vector x = kStart;
    int first_lead = -1;
    for (int step = 0;; ++step) {
      const ml::oracle::Vector p = oracle.Probabilities(x);
      ASSERT_EQ(path.step(), step);
      for (size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(path.inputs()[i], x[i], 1e-9) << step;
      for (size_t k = 0; k < p.size(); ++k) ASSERT_NEAR(path.probabilities()[k], p[k], 1e-9);
      if (spec.hidden_units.empty()) {
        EXPECT_THAT(path.latent(), IsEmpty());
      } else {
        const ml::oracle::Vector h = oracle.OutputsOf(spec.hidden_units.size() - 1, x);
        ASSERT_EQ(path.latent().size(), h.size());
        for (size_t unit = 0; unit < h.size(); ++unit) {
          ASSERT_NEAR(path.latent()[unit], h[unit], 1e-9);
        }
      }
      if (first_lead < 0 && LabelOf(p) == options.target) first_lead = step;
      const bool ends = step == 100 || (first_lead >= 0 && step == 2 * first_lead);
      ASSERT_EQ(path.ended(), ends) << step;
      ASSERT_EQ(path.flip_step().value_or(-1), first_lead);
      if (ends) break;
      const ml::oracle::Vector gradient = oracle.InputGradient(x, options.target);
      for (size_t i = 0; i < x.size(); ++i) x[i] -= 0.7 * gradient[i];
      ASSERT_OK(path.Advance());
    }
  }
}

TEST(Exploration, EndsAfterTwiceTheStepsUntilTheTargetLeads) {
  // d/dx -log p(1) = -2 p(0): from x = -1 the first step of size 0.2 goes to -1 + 0.4 p(0).
  ASSERT_OK_AND_ASSIGN(Network network, Network::Of(LogisticModel()));
  ExploreOptions options;
  options.target = 1;
  options.step_size = 0.2;
  ASSERT_OK_AND_ASSIGN(Exploration path, Exploration::Begin(std::move(network), {-1.0}, options));
  EXPECT_EQ(path.original_label(), 0);
  double x = -1.0;
  int flip = 0;
  while (!path.ended()) {
    x += 0.4 / (1.0 + std::exp(2.0 * x));
    ASSERT_OK(path.Advance());
    ASSERT_NEAR(path.inputs()[0], x, 1e-12);
    if (flip == 0 && x > 0.0) flip = path.step();
  }
  EXPECT_EQ(flip, 4);
  EXPECT_EQ(path.flip_step(), flip);
  EXPECT_EQ(path.step(), 2 * flip);
  EXPECT_EQ(path.label(), 1);
}

TEST(Exploration, EndsAfterMostStepsWhereTheTargetNeverLeads) {
  ASSERT_OK_AND_ASSIGN(Network network, Network::Of(LogisticModel()));
  ExploreOptions options;
  options.target = 1;
  options.step_size = 1e-6;
  options.max_steps = 7;
  ASSERT_OK_AND_ASSIGN(Exploration path, Exploration::Begin(std::move(network), {-1.0}, options));
  while (!path.ended()) ASSERT_OK(path.Advance());
  EXPECT_EQ(path.step(), 7);
  EXPECT_EQ(path.flip_step(), std::nullopt);
  EXPECT_EQ(path.label(), 0);
}

TEST(Exploration, RefusesATargetThatIsNoOtherClass) {
  const auto begin = [](int32_t target) {
    ExploreOptions options;
    options.target = target;
    return Exploration::Begin(*Network::Of(LogisticModel()), {-1.0}, options);
  };
  EXPECT_THAT(begin(-1), StatusIs(absl::StatusCode::kInvalidArgument,
                                  HasSubstr("target_label: must be in [0, 2), got -1")));
  EXPECT_THAT(begin(2), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(begin(0),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("target_label: must be another class than the one predicted")));
}

TEST(Exploration, RefusesAModelThatHasDiverged) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  ASSERT_OK_AND_ASSIGN(Network network,
                       Network::Of(ModelOf<float>(MlpSpec({1}), {1, 2}, {1, 0, nan, 1, 0, 0})));
  EXPECT_THAT(Exploration::Begin(std::move(network), {0.5}, {.target = 1}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not finite")));
}

TEST(Exploration, SaysWhichStepLeftTheFiniteNumbers) {
  ASSERT_OK_AND_ASSIGN(Exploration path,
                       Exploration::Begin(*Network::Of(ExplosiveModel()), {kCalmInput},
                                          {.target = 1, .step_size = 1000.0}));
  EXPECT_THAT(
      path.Advance(),
      StatusIs(absl::StatusCode::kOutOfRange,
               HasSubstr("step_size: 1000 leads to numbers that are not finite at step 1")));
}

}  // namespace
}  // namespace percept::inspect
