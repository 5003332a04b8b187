#include "server/ml/models/perceptron.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/ml/data.h"
#include "tests/unit/ml/toy_data.h"

namespace percept::ml {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

Score ScoreOf(const Perceptron& perceptron, const Examples& examples) {
  const std::unique_ptr<ModelCopy> copy = perceptron.NewCopy();
  perceptron.CopyTo(*copy);
  return copy->Evaluate(examples);
}

std::vector<int64_t> RowsOf(const Examples& examples, int32_t label) {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < examples.count; ++row) {
    if (examples.labels[row] == label) rows.push_back(row);
  }
  return rows;
}

// Runs the notebook's rounds, each of a positive and a negative example, on perceptron and oracle
// side by side; their weights must have the same bits after every example. Returns the number of
// changes.
int ExpectAgreement(const TestData& data, const Examples& examples, int iterations,
                    double learning_rate) {
  Perceptron perceptron(data.inputs());
  oracle::Perceptron expected(static_cast<size_t>(data.inputs()));
  const std::vector<oracle::Example> oracle_examples = data.ForOracle();
  const std::vector<int64_t> positive = RowsOf(examples, 1);
  const std::vector<int64_t> negative = RowsOf(examples, 0);
  int changes = 0;
  for (int i = 0; i < iterations; ++i) {
    for (const int64_t row : {positive[i % positive.size()], negative[i % negative.size()]}) {
      const bool has_changed = perceptron.Present(examples, row, learning_rate);
      EXPECT_EQ(has_changed, expected.Present(oracle_examples[row], learning_rate));
      EXPECT_THAT(perceptron.weights(), ElementsAreArray(expected.weights()));
      changes += has_changed ? 1 : 0;
    }
  }
  const Score score = ScoreOf(perceptron, examples);
  const oracle::Score expected_score = expected.Evaluate(oracle_examples);
  EXPECT_EQ(score.examples, examples.count);
  EXPECT_EQ(score.correct, expected_score.correct);
  EXPECT_EQ(score.loss_sum, expected_score.loss_sum);
  return changes;
}

// Images of two classes of ten, with labels 0 and 1.
TestData TwoDigits() {
  const TestData all = MnistLike(1000);
  const Examples examples = all.Dense();
  std::vector<uint8_t> pixels;
  std::vector<int32_t> labels;
  for (int64_t row = 0; row < examples.count; ++row) {
    if (examples.labels[row] != 2 && examples.labels[row] != 5) continue;
    for (int32_t i = 0; i < 784; ++i) {
      pixels.push_back(static_cast<uint8_t>(std::lround(255 * examples.dense[row * 784 + i])));
    }
    labels.push_back(examples.labels[row] == 2 ? 1 : 0);
  }
  return TestData::Bytes(784, pixels, labels);
}

TEST(Perceptron, StartsAtZero) {
  const Perceptron perceptron(3);
  EXPECT_THAT(perceptron.weights(), ElementsAre(0.0, 0.0, 0.0));
}

TEST(Perceptron, MovesTowardsAPositiveAndAwayFromANegativeExample) {
  const TestData data = TestData::Points(2, {-0.5f, 2.0f, 1.0f, -4.0f}, {0, 1});
  Perceptron perceptron(2);
  // At zero, w x is not negative: positive is the answer.
  EXPECT_FALSE(perceptron.Present(data.Dense(), 1, 0.5));
  EXPECT_THAT(perceptron.weights(), ElementsAre(0.0, 0.0));
  EXPECT_TRUE(perceptron.Present(data.Dense(), 0, 0.5));
  EXPECT_THAT(perceptron.weights(), ElementsAre(0.25, -1.0));
  EXPECT_FALSE(perceptron.Present(data.Dense(), 0, 0.5));
  EXPECT_FALSE(perceptron.Present(data.Dense(), 1, 0.5));
  const TestData other = TestData::Points(2, {1.0f, 4.0f}, {1});
  EXPECT_TRUE(perceptron.Present(other.Dense(), 0, 0.5));
  EXPECT_THAT(perceptron.weights(), ElementsAre(0.75, 1.0));
}

TEST(Perceptron, AgreesWithOracleOnTwoNormalsAtEveryStep) {
  const TestData data = TwoNormals(200);
  EXPECT_GT(ExpectAgreement(data, data.Dense(), 200, 1.0), 0);
}

TEST(Perceptron, AgreesWithOracleOnDataItCannotSeparateAtEveryStep) {
  const TestData data = Xor(100);
  EXPECT_GT(ExpectAgreement(data, data.Dense(), 200, 0.3), 100);
}

TEST(Perceptron, AgreesWithOracleOnPairsOfDigitsAtEveryStep) {
  const TestData data = TwoDigits();
  EXPECT_GT(ExpectAgreement(data, data.Dense(), 1000, 1.0), 3);
  EXPECT_GT(ExpectAgreement(data, data.Sparse(), 1000, 1.0), 3);
}

TEST(Perceptron, ReadsAPixelAsTheFloatThatDenseInputsHold) {
  const TestData data = TestData::Bytes(2, {0, 77}, {0});
  Perceptron perceptron(2);
  perceptron.Present(data.Sparse(), 0, 1.0);
  EXPECT_THAT(perceptron.weights(), ElementsAre(0.0, -static_cast<double>(77.0f / 255.0f)));
}

TEST(Perceptron, StopsChangingOnSeparableData) {
  const TestData data = TwoNormals(200);
  Perceptron perceptron(3);
  int changes = 0;
  for (int epoch = 0; epoch < 50; ++epoch) {
    changes = 0;
    for (int64_t row = 0; row < 400; ++row) changes += perceptron.Present(data.Dense(), row, 1.0);
  }
  EXPECT_EQ(changes, 0);
  const Score score = ScoreOf(perceptron, data.Dense());
  EXPECT_EQ(score.correct, 400);
  EXPECT_EQ(score.loss_sum, 0.0);
}

TEST(Perceptron, CannotLearnXor) {
  const TestData data = Xor(200);
  Perceptron perceptron(2);
  int64_t best = 0;
  for (int epoch = 0; epoch < 20; ++epoch) {
    for (int64_t row = 0; row < 400; ++row) perceptron.Present(data.Dense(), row, 1.0);
    best = std::max(best, ScoreOf(perceptron, data.Dense()).correct);
  }
  EXPECT_LE(best, 0.77 * 400);
}

TEST(Perceptron, CountsZeroAsPositiveInItsScore) {
  const TestData data = TestData::Points(1, {1.0f, 1.0f, 1.0f}, {1, 0, 1});
  const Score score = ScoreOf(Perceptron(1), data.Dense());
  EXPECT_EQ(score.examples, 3);
  EXPECT_EQ(score.correct, 2);
  EXPECT_EQ(score.loss_sum, 0.0);
}

TEST(Perceptron, SumsTheCriterionOverTheWrongExamples) {
  const TestData data = TestData::Points(1, {2.0f, -3.0f, 5.0f, -7.0f}, {1, 1, 0, 0});
  Perceptron perceptron(1);
  const double weight = 0.5;
  std::vector<char> bytes(sizeof(weight));
  std::memcpy(bytes.data(), &weight, sizeof(weight));
  perceptron.ImportParameters(bytes);
  const Score score = ScoreOf(perceptron, data.Dense());
  EXPECT_EQ(score.correct, 2);
  EXPECT_EQ(score.loss_sum, 1.5 + 2.5);
}

TEST(Perceptron, ShowsALossThatIsNotFiniteForInputsThatAreNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const int32_t label : {0, 1}) {
    const TestData data = TestData::Points(1, {nan}, {label});
    const Score score = ScoreOf(Perceptron(1), data.Dense());
    EXPECT_EQ(score.correct, 0);
    EXPECT_TRUE(std::isnan(score.loss_sum));
  }
}

TEST(Perceptron, ExportsItsWeightsAndTakesThemBack) {
  const TestData data = TwoNormals(20);
  Perceptron perceptron(3);
  for (int64_t row = 0; row < 40; ++row) perceptron.Present(data.Dense(), row, 0.7);
  const std::unique_ptr<ModelCopy> copy = perceptron.NewCopy();
  perceptron.CopyTo(*copy);
  std::vector<char> bytes(ParameterBytes(ParameterLayout(PerceptronSpec(), {3, 2})));
  ASSERT_EQ(bytes.size(), 24u);
  copy->ExportParameters(absl::MakeSpan(bytes));
  EXPECT_EQ(std::memcmp(bytes.data(), perceptron.weights().data(), bytes.size()), 0);
  Perceptron other(3);
  other.ImportParameters(bytes);
  EXPECT_THAT(other.weights(), ElementsAreArray(perceptron.weights()));
}

TEST(Perceptron, CopyStaysAsItWasWhileTheModelLearns) {
  const TestData data = TwoNormals(20);
  Perceptron perceptron(3);
  const std::unique_ptr<ModelCopy> copy = perceptron.NewCopy();
  perceptron.CopyTo(*copy);
  const int64_t before = copy->Evaluate(data.Dense()).correct;
  for (int64_t row = 0; row < 40; ++row) perceptron.Present(data.Dense(), row, 1.0);
  EXPECT_EQ(copy->Evaluate(data.Dense()).correct, before);
  perceptron.CopyTo(*copy);
  EXPECT_GT(copy->Evaluate(data.Dense()).correct, before);
}

}  // namespace
}  // namespace percept::ml
