#include "server/inspect/attack.h"

#include <algorithm>
#include <cmath>
#include <limits>
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

const std::vector<double> kStart = {0.3, 0.9, 0.0, 1.0};

int32_t LabelOf(const ml::oracle::Vector& p) {
  return static_cast<int32_t>(std::max_element(p.begin(), p.end()) - p.begin());
}

TEST(AttackSearch, EachStepMatchesPlainLoops) {
  for (const ModelSpec& spec : AllSpecs()) {
    if (spec.kind == ModelKind::kPerceptron) continue;
    SCOPED_TRACE(NameOf(spec));
    const TrainedModel model = RandomModel(spec, {4, 3});
    const ml::oracle::Network oracle = OracleOf(model);
    const ml::oracle::Vector at_start = oracle.Probabilities(kStart);
    const int32_t original = LabelOf(at_start);
    AttackOptions options;
    options.target = (original + 1) % 3;
    options.learning_rate = 0.05;
    options.distance_weight = 0.1;
    options.max_steps = 300;
    ASSERT_OK_AND_ASSIGN(Network network, Network::Of(model));
    ASSERT_OK_AND_ASSIGN(AttackSearch search,
                         AttackSearch::Begin(std::move(network), kStart, options));
    EXPECT_EQ(search.original_label(), original);
    ml::oracle::Vector x = kStart;
    for (int step = 0;; ++step) {
      const ml::oracle::Vector p = oracle.Probabilities(x);
      double squares = 0.0;
      for (size_t i = 0; i < x.size(); ++i) squares += std::pow(x[i] - kStart[i], 2);
      ASSERT_EQ(search.step(), step);
      ASSERT_NEAR(search.target_probability(), p[options.target], 1e-9) << step;
      ASSERT_NEAR(search.original_probability(), p[original], 1e-9) << step;
      ASSERT_NEAR(search.objective(), -std::log(p[options.target]) + 0.1 * squares, 1e-9) << step;
      for (size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(search.inputs()[i], x[i], 1e-9) << step;
      const bool succeeded = p[options.target] > at_start[original];
      ASSERT_EQ(search.succeeded(), succeeded) << step;
      ASSERT_EQ(search.ended(), succeeded || step == 300) << step;
      if (search.ended()) break;
      const ml::oracle::Vector gradient = oracle.InputGradient(x, options.target);
      for (size_t i = 0; i < x.size(); ++i) {
        x[i] -= 0.05 * (gradient[i] + 2.0 * 0.1 * (x[i] - kStart[i]));
        x[i] = std::min(1.0, std::max(0.0, x[i]));
      }
      ASSERT_OK(search.Advance());
    }
  }
}

TEST(AttackSearch, StopsOnceTheTargetIsSurerThanTheOriginalClassWas) {
  AttackOptions options;
  options.target = 1;
  options.learning_rate = 0.1;
  options.distance_weight = 0.0;
  options.lowest = -5.0;
  options.highest = 5.0;
  ASSERT_OK_AND_ASSIGN(AttackSearch search,
                       AttackSearch::Begin(*Network::Of(LogisticModel()), {-0.5}, options));
  while (!search.ended()) {
    EXPECT_LE(search.inputs()[0], 0.5);  // Where p(1) is what p(0) was.
    ASSERT_OK(search.Advance());
  }
  EXPECT_TRUE(search.succeeded());
  EXPECT_GT(search.inputs()[0], 0.5);
  EXPECT_EQ(search.label(), 1);
}

TEST(AttackSearch, KeepsInputsInTheirRange) {
  AttackOptions options;
  options.target = 1;
  options.learning_rate = 10.0;
  options.distance_weight = 0.0;
  options.lowest = -1.0;
  options.highest = 0.25;
  options.max_steps = 20;
  ASSERT_OK_AND_ASSIGN(AttackSearch search,
                       AttackSearch::Begin(*Network::Of(LogisticModel()), {-1.0}, options));
  while (!search.ended()) ASSERT_OK(search.Advance());
  EXPECT_FALSE(search.succeeded());
  EXPECT_EQ(search.step(), 20);
  EXPECT_EQ(search.inputs()[0], 0.25);
}

TEST(AttackSearch, RefusesAStartOutsideItsRange) {
  EXPECT_THAT(AttackSearch::Begin(*Network::Of(LogisticModel()), {-0.5}, {.target = 1}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("start: input 0 must be in the range that inputs are kept in, "
                                 "[0, 1], got -0.5")));
}

TEST(AttackSearch, RefusesATargetThatIsNoOtherClass) {
  EXPECT_THAT(AttackSearch::Begin(*Network::Of(LogisticModel()), {0.5}, {.target = 1}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("target_label")));
  EXPECT_THAT(AttackSearch::Begin(*Network::Of(LogisticModel()), {0.5}, {.target = 2}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("target_label")));
}

TEST(AttackSearch, SaysWhichStepLeftTheFiniteNumbers) {
  AttackOptions options;
  options.target = 1;
  options.learning_rate = 1000.0;
  options.highest = std::numeric_limits<double>::max();
  ASSERT_OK_AND_ASSIGN(AttackSearch search,
                       AttackSearch::Begin(*Network::Of(ExplosiveModel()), {kCalmInput}, options));
  EXPECT_THAT(search.Advance(),
              StatusIs(absl::StatusCode::kOutOfRange,
                       HasSubstr("learning_rate: 1000 leads to numbers that are not finite at")));
}

}  // namespace
}  // namespace percept::inspect
