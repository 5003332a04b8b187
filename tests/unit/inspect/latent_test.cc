#include "server/inspect/latent.h"

#include <memory>
#include <optional>
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
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr ml::ModelShape kShape{4, 3};

TEST(Latent, ActivationsOfEachLayerMatchTheOracle) {
  const TrainedModel model = RandomModel(MlpSpec({7, 5}, Activation::kGelu), kShape);
  const data::Dataset dataset = RandomValidation(30, kShape);
  const Examples examples = data::ExamplesOf(dataset, data::SplitKind::kValidation);
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<ml::ModelCopy> copy, LoadCopy(model, ""));
  for (int32_t layer = 0; layer < 2; ++layer) {
    ASSERT_OK_AND_ASSIGN(const std::vector<float> activations,
                         Activations(model, *copy, layer, examples, Always));
    const auto units = static_cast<size_t>(model.spec.hidden_units[layer]);
    ASSERT_THAT(activations, SizeIs(30 * units));
    for (size_t n = 0; n < 30; ++n) {
      const float* const row = examples.dense + 4 * n;
      const ml::oracle::Vector h =
          OracleOf(model).OutputsOf(layer, ml::oracle::Vector(row, row + 4));
      for (size_t unit = 0; unit < units; ++unit) {
        EXPECT_NEAR(activations[n * units + unit], h[unit], 5e-6);
      }
    }
  }
}

TEST(Latent, LayerIsTheLastHiddenOneByDefault) {
  const TrainedModel model = RandomModel(MlpSpec({7, 5}), kShape);
  EXPECT_EQ(*HiddenLayer(model, std::nullopt), 1);
  EXPECT_EQ(*HiddenLayer(model, 0), 0);
  for (const int32_t layer : {-1, 2}) {
    EXPECT_THAT(HiddenLayer(model, layer), StatusIs(absl::StatusCode::kInvalidArgument,
                                                    HasSubstr("layer: must be in [0, 2), got")));
  }
  for (const ModelSpec& spec : {PerceptronSpec(), MultiperceptronSpec()}) {
    EXPECT_THAT(HiddenLayer(RandomModel(spec, {4, 2}), std::nullopt),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no hidden layer")));
  }
}

TEST(Latent, PlanesAreWhereScoresAreZero) {
  const TrainedModel model = RandomModel(MlpSpec({7, 5}), kShape);
  ASSERT_OK_AND_ASSIGN(const auto planes, DecisionPlanes(model, 1));
  ASSERT_THAT(planes, SizeIs(3));
  const ml::oracle::Vector x = {0.1, 0.2, -0.3, 0.4};
  const ml::oracle::Vector h = OracleOf(model).OutputsOf(1, x);
  const ml::oracle::Vector scores = OracleOf(model).OutputsOf(2, x);
  for (size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(planes[k].label, static_cast<int32_t>(k));
    double score = planes[k].offset;
    for (size_t unit = 0; unit < 5; ++unit) score += planes[k].weights[unit] * h[unit];
    EXPECT_NEAR(score, scores[k], 1e-9);
  }
  ASSERT_OK_AND_ASSIGN(const auto none, DecisionPlanes(model, 0));
  EXPECT_THAT(none, IsEmpty());
}

TEST(Latent, ProjectedPlaneGivesTheScoreOfAPointWithinTheProjection) {
  const std::vector<float> rows = {1, 2, 3, 2, 5, 1, 0, 0, 1, 4, 4, 4};
  ASSERT_OK_AND_ASSIGN(const Pca pca, FitPca(rows, 3, 2));
  const DecisionPlane plane{1, {0.5f, -1.0f, 2.0f}, 0.25};
  const DecisionPlane projected = Project(pca, plane);
  EXPECT_EQ(projected.label, 1);
  ASSERT_THAT(projected.weights, SizeIs(2));
  // The point mean + 3 * axis 0 - 2 * axis 1.
  double score = plane.offset;
  for (size_t h = 0; h < 3; ++h) {
    score += plane.weights[h] * (pca.mean[h] + 3.0 * pca.axis(0)[h] - 2.0 * pca.axis(1)[h]);
  }
  EXPECT_NEAR(projected.weights[0] * 3.0 - projected.weights[1] * 2.0 + projected.offset, score,
              1e-5);
}

TEST(Latent, RangesAreThoseOfTheActivation) {
  EXPECT_EQ(RangeOf(Activation::kTanh), std::make_pair(-1.0, 1.0));
  EXPECT_EQ(RangeOf(Activation::kSigmoid), std::make_pair(0.0, 1.0));
  EXPECT_EQ(RangeOf(Activation::kRelu), std::nullopt);
  EXPECT_EQ(RangeOf(Activation::kGelu), std::nullopt);
}

}  // namespace
}  // namespace percept::inspect
