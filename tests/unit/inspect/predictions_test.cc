#include "server/inspect/predictions.h"

#include <algorithm>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/data/examples.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/inspect/models.h"
#include "tests/unit/inspect/oracles.h"

namespace percept::inspect {
namespace {

using ::percept::testing::StatusIs;
using ::testing::ElementsAre;

constexpr ml::ModelShape kShape{4, 3};

TEST(Predict, GivesProbabilitiesAndScoresOfEachExample) {
  const data::Dataset dataset = RandomValidation(50, kShape);
  const Examples examples = data::ExamplesOf(dataset, data::SplitKind::kValidation);
  for (const ModelSpec& spec : AllSpecs()) {
    if (spec.kind == ModelKind::kPerceptron) continue;
    SCOPED_TRACE(NameOf(spec));
    const TrainedModel model = RandomModel(spec, kShape);
    ASSERT_OK_AND_ASSIGN(const Predictions predictions, Predict(model, examples, "", Always));
    ASSERT_EQ(predictions.count(), 50);
    EXPECT_EQ(predictions.scores_per_example, 3);
    const ml::oracle::Network oracle = OracleOf(model);
    for (int64_t n = 0; n < 50; ++n) {
      const float* const row = examples.dense + 4 * n;
      const ml::oracle::Vector x(row, row + 4);
      const ml::oracle::Vector p = oracle.Probabilities(x);
      const ml::oracle::Vector scores = oracle.OutputsOf(spec.hidden_units.size(), x);
      for (size_t k = 0; k < 3; ++k) {
        EXPECT_NEAR(predictions.probabilities_of(n)[k], p[k], 2e-6);
        EXPECT_NEAR(predictions.scores_of(n)[k], scores[k], 5e-6);
      }
      EXPECT_EQ(predictions.labels[n], std::max_element(p.begin(), p.end()) - p.begin());
    }
  }
}

TEST(Predict, GivesThePerceptronsSumAndItsStep) {
  const TrainedModel model = ModelOf<double>(PerceptronSpec(), {2, 2}, {1.0, -2.0});
  const std::vector<float> points = {2, 1, 1, 1, 3, 0};  // w x: 0, -1, 3
  const Examples examples{.count = 3, .inputs = 2, .dense = points.data()};
  ASSERT_OK_AND_ASSIGN(const Predictions predictions, Predict(model, examples, "", Always));
  EXPECT_THAT(predictions.labels, ElementsAre(1, 0, 1));
  EXPECT_THAT(predictions.scores, ElementsAre(0, -1, 3));
  EXPECT_THAT(predictions.probabilities, ElementsAre(0, 1, 1, 0, 0, 1));
}

TEST(Predict, TiesGoToTheLowestClass) {
  const TrainedModel model = ModelOf<float>(MultiperceptronSpec(), {1, 3}, {0, 0, 0, 0, 0, 0});
  const float point = 1.0f;
  ASSERT_OK_AND_ASSIGN(
      const Predictions predictions,
      Predict(model, Examples{.count = 1, .inputs = 1, .dense = &point}, "", Always));
  EXPECT_THAT(predictions.labels, ElementsAre(0));
  EXPECT_NEAR(predictions.probabilities[2], 1.0 / 3.0, 1e-7);
}

TEST(Predict, IsCancelledWhereNobodyWaits) {
  const data::Dataset dataset = RandomValidation(3000, kShape);
  EXPECT_THAT(
      Predict(RandomModel(MlpSpec({5}), kShape),
              data::ExamplesOf(dataset, data::SplitKind::kValidation), "", [] { return false; }),
      StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace percept::inspect
