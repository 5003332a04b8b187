#include "server/data/generators/generator.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace percept::data {
namespace {

using ::percept::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

absl::Status Check(const GeneratorSource& source) {
  FieldViolations violations;
  CheckGeneratorSource(source, "dataset.generator", violations);
  return violations.ToStatus();
}

// Mean and variance of one column over the examples of a class for which `belongs` holds.
struct Moments {
  double mean = 0.0;
  double variance = 0.0;
  double count = 0.0;
};
template <typename Belongs>
Moments MomentsOf(const Dataset& dataset, int32_t label, size_t column, Belongs belongs) {
  const Split& split = dataset.split(SplitKind::kTrain);
  Moments moments;
  for (size_t row = 0; row < split.labels.size(); ++row) {
    const float* point = &split.dense[row * static_cast<size_t>(dataset.inputs)];
    if (split.labels[row] != label || !belongs(point)) continue;
    moments.count += 1;
    moments.mean += point[column];
    moments.variance += double{point[column]} * double{point[column]};
  }
  moments.mean /= moments.count;
  moments.variance = moments.variance / moments.count - moments.mean * moments.mean;
  return moments;
}

void ExpectNormal(const Moments& moments, double mean, double variance) {
  EXPECT_NEAR(moments.mean, mean, 5.0 * std::sqrt(variance / moments.count));
  EXPECT_NEAR(moments.variance, variance, 5.0 * variance * std::sqrt(2.0 / moments.count));
}

constexpr auto kAll = [](const float*) { return true; };

Dataset Large(GeneratorKind kind) { return Generate({kind, 20000, 0, 0, 3}); }

TEST(TwoNormals, HasTheNotebooksClassesAndABiasColumn) {
  const Dataset dataset = Large(GeneratorKind::kTwoNormals);
  ASSERT_EQ(dataset.inputs, 3);
  ExpectNormal(MomentsOf(dataset, 1, 0, kAll), 0, 0.5);
  ExpectNormal(MomentsOf(dataset, 1, 1, kAll), -2.5, 0.5);
  ExpectNormal(MomentsOf(dataset, 0, 0, kAll), -2, 1);
  ExpectNormal(MomentsOf(dataset, 0, 1, kAll), 2.5, 1);
  const Split& train = dataset.split(SplitKind::kTrain);
  for (size_t row = 0; row < train.labels.size(); ++row) ASSERT_EQ(train.dense[row * 3 + 2], 1.0f);
}

TEST(TwoClass, HasTheNotebooksClasses) {
  const Dataset dataset = Large(GeneratorKind::kTwoClass);
  ExpectNormal(MomentsOf(dataset, 0, 0, kAll), 1, 1.5);
  ExpectNormal(MomentsOf(dataset, 0, 1, kAll), 2, 1.5);
  ExpectNormal(MomentsOf(dataset, 1, 0, kAll), 2, 0.5);
  ExpectNormal(MomentsOf(dataset, 1, 1, kAll), -2, 1);
}

TEST(ThreeClass, HasTheNotebooksClasses) {
  const Dataset dataset = Large(GeneratorKind::kThreeClass);
  ASSERT_EQ(dataset.classes, 3);
  ExpectNormal(MomentsOf(dataset, 0, 0, kAll), 1.5, 1);
  ExpectNormal(MomentsOf(dataset, 0, 1, kAll), -2, 1);
  ExpectNormal(MomentsOf(dataset, 1, 0, kAll), 1, 0.5);
  ExpectNormal(MomentsOf(dataset, 1, 1, kAll), 2, 0.5);
  ExpectNormal(MomentsOf(dataset, 2, 0, kAll), -2, 1);
  ExpectNormal(MomentsOf(dataset, 2, 1, kAll), 0, 0.5);
}

TEST(Xor, HasHalfOfAClassInEachOfItsBlobs) {
  const Dataset dataset = Large(GeneratorKind::kXor);
  for (const double side : {-7.0, 7.0}) {
    const auto on_side = [side](const float* point) { return point[0] * side > 0; };
    for (const int32_t label : {0, 1}) {
      const Moments x = MomentsOf(dataset, label, 0, on_side);
      EXPECT_EQ(x.count, 10000);
      ExpectNormal(x, side, 1);
      ExpectNormal(MomentsOf(dataset, label, 1, on_side), label == 0 ? side : -side, 1);
    }
  }
}

TEST(Bullseye, HasADiscInsideAnEvenRing) {
  const Dataset dataset = Large(GeneratorKind::kBullseye);
  ExpectNormal(MomentsOf(dataset, 0, 0, kAll), 0, 1);
  ExpectNormal(MomentsOf(dataset, 0, 1, kAll), 0, 1);
  const Split& train = dataset.split(SplitKind::kTrain);
  // Uniform over the area: squared radii are uniform in (25, 64), and so are the quadrants.
  double inner_half = 0;
  std::map<std::pair<bool, bool>, int> quadrants;
  for (size_t row = 0; row < train.labels.size(); ++row) {
    if (train.labels[row] == 0) continue;
    const double x = train.dense[row * 2];
    const double y = train.dense[row * 2 + 1];
    ASSERT_GT(x * x + y * y, 25.0);
    ASSERT_LT(x * x + y * y, 64.0);
    inner_half += x * x + y * y < 44.5 ? 1 : 0;
    ++quadrants[{x < 0, y < 0}];
  }
  EXPECT_NEAR(inner_half / 20000, 0.5, 5 * 0.5 / std::sqrt(20000));
  for (const auto& [quadrant, count] : quadrants)
    EXPECT_NEAR(count / 20000.0, 0.25, 5 * 0.44 / std::sqrt(20000));
}

class EveryGenerator : public ::testing::TestWithParam<GeneratorKind> {};

TEST_P(EveryGenerator, InterleavesItsClasses) {
  const Generator& generator = *FindGenerator(GetParam());
  const Dataset dataset = Generate({GetParam(), 6, 4, 2, 1});
  EXPECT_EQ(dataset.inputs, generator.inputs);
  EXPECT_EQ(dataset.classes, generator.classes);
  EXPECT_FALSE(dataset.is_sparse);
  const int64_t per_class[] = {6, 4, 2};
  for (size_t kind = 0; kind < kSplitCount; ++kind) {
    const Split& split = dataset.splits[kind];
    ASSERT_EQ(split.examples, per_class[kind] * generator.classes);
    ASSERT_EQ(split.dense.size(), static_cast<size_t>(split.examples * generator.inputs));
    ASSERT_EQ(split.labels.size(), static_cast<size_t>(split.examples));
    for (size_t row = 0; row < split.labels.size(); ++row) {
      EXPECT_EQ(split.labels[row], static_cast<int32_t>(row) % generator.classes);
    }
  }
}

TEST_P(EveryGenerator, ChangesNoOtherSplitWhenOneGrows) {
  const Dataset small = Generate({GetParam(), 200, 100, 0, 5});
  const Dataset large = Generate({GetParam(), 400, 100, 50, 5});
  EXPECT_EQ(small.splits[1].dense, large.splits[1].dense);
  const std::vector<float>& train = small.splits[0].dense;
  EXPECT_TRUE(std::equal(train.begin(), train.end(), large.splits[0].dense.begin()));
}

TEST_P(EveryGenerator, DrawsOtherPointsForOtherSeedsAndSplits) {
  const Dataset first = Generate({GetParam(), 100, 100, 100, 0});
  const Dataset second = Generate({GetParam(), 100, 100, 100, 1});
  EXPECT_NE(first.splits[0].dense, second.splits[0].dense);
  EXPECT_NE(first.splits[0].dense, first.splits[1].dense);
  EXPECT_NE(first.splits[1].dense, first.splits[2].dense);
}

INSTANTIATE_TEST_SUITE_P(All, EveryGenerator,
                         ::testing::Values(GeneratorKind::kTwoNormals, GeneratorKind::kTwoClass,
                                           GeneratorKind::kThreeClass, GeneratorKind::kXor,
                                           GeneratorKind::kBullseye),
                         [](const ::testing::TestParamInfo<GeneratorKind>& kind) {
                           std::string name = FindGenerator(kind.param)->name;
                           name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
                           return name;
                         });

TEST(Generators, GiveTheSameBitsOnEveryMachine) {
  // Found by a second implementation, in Python.
  const std::map<GeneratorKind, std::string> digests = {
      {GeneratorKind::kTwoNormals,
       "2058ef2cb65c7ac46067e1a92abf7cee8445f1e123e375aaf832aa3d1c47e9f6"},
      {GeneratorKind::kTwoClass,
       "9921b8d54784683ae2223b38d3a975aa2a0d4a0f34218a7ff0b1981e3c46c3c0"},
      {GeneratorKind::kThreeClass,
       "d2d2957f871279f28e110844627c923281d490a70a43ec00601f99f4c0d56769"},
      {GeneratorKind::kXor, "df31bdd1a5b8974b873c746129cba7454814f2ef4feecce5ebc938988f9a5856"},
      {GeneratorKind::kBullseye,
       "760ab14b599186ded2200969b7f5aae943cd57dc675aeb304b9b36640b290479"},
  };
  ASSERT_EQ(Generators().size(), digests.size());
  for (const Generator& generator : Generators()) {
    EXPECT_EQ(ContentDigest(Generate({generator.kind, 200, 100, 10, 1})),
              digests.at(generator.kind))
        << generator.name;
  }
}

TEST(CheckGeneratorSource, TakesTheBoundsThemselves) {
  EXPECT_OK(Check({GeneratorKind::kBullseye, 1, 0, 0, 0}));
  EXPECT_OK(Check({GeneratorKind::kXor, 1000000, 1000000, 1000000, ~uint64_t{0}}));
}

TEST(CheckGeneratorSource, NamesEverySizeOutOfBounds) {
  EXPECT_THAT(
      Check({GeneratorKind::kTwoClass, 0, -1, 1000001, 0}),
      StatusIs(
          absl::StatusCode::kInvalidArgument,
          AllOf(
              HasSubstr("dataset.generator.train_per_class: must be in [1, 1000000], got 0"),
              HasSubstr("dataset.generator.validation_per_class: must be in [0, 1000000], got -1"),
              HasSubstr(
                  "dataset.generator.test_per_class: must be in [0, 1000000], got 1000001"))));
}

TEST(CheckGeneratorSource, RefusesOddSizesForXorAlone) {
  EXPECT_THAT(
      Check({GeneratorKind::kXor, 201, 99, 1, 0}),
      StatusIs(
          absl::StatusCode::kInvalidArgument,
          AllOf(HasSubstr(
                    "dataset.generator.train_per_class: must be a multiple of 2 for xor, got 201"),
                HasSubstr("validation_per_class: must be a multiple of 2 for xor, got 99"),
                HasSubstr("test_per_class: must be a multiple of 2 for xor, got 1"))));
  EXPECT_OK(Check({GeneratorKind::kThreeClass, 201, 99, 1, 0}));
}

TEST(CheckGeneratorSource, RefusesAnUnknownGenerator) {
  EXPECT_THAT(Check({static_cast<GeneratorKind>(99)}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("dataset.generator.generator: must be one of two-normals, "
                                 "two-class, three-class, xor, "
                                 "bullseye, got 99")));
}

}  // namespace
}  // namespace percept::data
