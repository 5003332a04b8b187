#include "server/inspect/weight_images.h"

#include <optional>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/inspect/models.h"

namespace percept::inspect {
namespace {

using ::percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr int64_t kPlenty = 1 << 20;

TEST(WeightImages, AreNearlySquare) {
  const auto shape = [](int32_t height, int32_t width) {
    return data::ImageShape{height, width, 1};
  };
  EXPECT_EQ(NearSquare(64), shape(8, 8));
  EXPECT_EQ(NearSquare(10), shape(2, 5));
  EXPECT_EQ(NearSquare(32), shape(4, 8));
  EXPECT_EQ(NearSquare(7), shape(1, 7));
  EXPECT_EQ(NearSquare(1), shape(1, 1));
  EXPECT_EQ(NearSquare(65'536), shape(256, 256));
}

TEST(WeightImages, OfTheFirstLayerAreLaidOutAsTheInputs) {
  const TrainedModel model = ModelOf<float>(
      MlpSpec({2}), {6, 2}, {1, 2, 3, 4,  5,     6,    -1, 0, 1, 2, 3, 9, 0.5f, -0.5f,  //
                             7, 8, 9, 10, 0.25f, 0.75f});
  ASSERT_OK_AND_ASSIGN(const WeightImages first,
                       MakeWeightImages(model, data::ImageShape{3, 2, 1}, 0, 0, 64, kPlenty));
  EXPECT_EQ(first.shape, (data::ImageShape{3, 2, 1}));
  EXPECT_EQ(first.units, 2);
  ASSERT_THAT(first.images, SizeIs(2));
  EXPECT_EQ(first.images[1].unit, 1);
  EXPECT_THAT(first.images[1].weights, ElementsAre(-1, 0, 1, 2, 3, 9));
  EXPECT_EQ(first.images[1].bias, -0.5f);
  EXPECT_EQ(first.images[1].lowest, -1.0f);
  EXPECT_EQ(first.images[1].highest, 9.0f);
  // Layers behind it know nothing of the picture.
  ASSERT_OK_AND_ASSIGN(const WeightImages second,
                       MakeWeightImages(model, data::ImageShape{3, 2, 1}, 1, 0, 64, kPlenty));
  EXPECT_EQ(second.shape, (data::ImageShape{1, 2, 1}));
  EXPECT_THAT(second.images[1].weights, ElementsAre(9, 10));
  EXPECT_EQ(second.images[1].bias, 0.75f);
}

TEST(WeightImages, OfThePerceptronAreItsWeights) {
  const TrainedModel model = ModelOf<double>(PerceptronSpec(), {3, 2}, {1.0, -2.0, 0.5});
  ASSERT_OK_AND_ASSIGN(const WeightImages images,
                       MakeWeightImages(model, std::nullopt, 0, 0, 64, kPlenty));
  EXPECT_EQ(images.units, 1);
  EXPECT_THAT(images.images[0].weights, ElementsAre(1, -2, 0.5));
  EXPECT_FALSE(images.images[0].bias.has_value());
}

TEST(WeightImages, AreAsManyAsAskedForAndFit) {
  const TrainedModel model = RandomModel(MlpSpec({10}), {25, 2});
  const auto units = [&](int32_t start, int32_t max_units, int64_t max_bytes) {
    const auto images =
        MakeWeightImages(model, std::nullopt, 0, start, max_units, max_bytes).value();
    std::vector<int32_t> numbers;
    for (const WeightImage& image : images.images) numbers.push_back(image.unit);
    return numbers;
  };
  EXPECT_THAT(units(4, 3, kPlenty), ElementsAre(4, 5, 6));
  EXPECT_THAT(units(8, 100, kPlenty), ElementsAre(8, 9));
  EXPECT_THAT(units(0, 100, 250), ElementsAre(0, 1));  // A unit takes 100 bytes,
  EXPECT_THAT(units(0, 100, 1), ElementsAre(0));       // and one is always shown.
}

TEST(WeightImages, RefusesLayersAndUnitsThatAreNone) {
  const TrainedModel model = RandomModel(MlpSpec({10}), {25, 2});
  const auto make = [&](int32_t layer, int32_t start) {
    return MakeWeightImages(model, std::nullopt, layer, start, 64, kPlenty);
  };
  EXPECT_THAT(make(2, 0), StatusIs(absl::StatusCode::kInvalidArgument,
                                   HasSubstr("layer: must be in [0, 2), got 2")));
  EXPECT_THAT(make(-1, 0), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("layer")));
  EXPECT_THAT(make(1, 2), StatusIs(absl::StatusCode::kInvalidArgument,
                                   HasSubstr("start_unit: must be in [0, 2), got 2")));
}

}  // namespace
}  // namespace percept::inspect
