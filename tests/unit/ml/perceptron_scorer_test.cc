#include "server/ml/models/perceptron_scorer.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/ml/models/perceptron.h"
#include "tests/unit/ml/data.h"

namespace percept::ml {
namespace {

// Gives `scorer` the perceptron as it is after each of the examples [first, first + moments), and
// returns the scores of copies made then.
std::vector<Score> PresentAndAdd(const Examples& examples, int64_t first, int moments,
                                 Perceptron& perceptron, PerceptronScorer& scorer) {
  const std::unique_ptr<ModelCopy> copy = perceptron.NewCopy();
  std::vector<Score> scores;
  for (int64_t row = first; row < first + moments; ++row) {
    perceptron.Present(examples, row, 0.7);
    perceptron.CopyTo(*copy);
    scores.push_back(copy->Evaluate(examples));
    scorer.Add(perceptron.weights());
  }
  return scores;
}

void ExpectScores(absl::Span<const Score> actual, const std::vector<Score>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t moment = 0; moment < expected.size(); ++moment) {
    EXPECT_EQ(actual[moment].examples, expected[moment].examples) << moment;
    EXPECT_EQ(actual[moment].correct, expected[moment].correct) << moment;
    EXPECT_EQ(actual[moment].loss_sum, expected[moment].loss_sum) << moment;
  }
}

class PerceptronScorerBy : public testing::TestWithParam<InstructionSet> {
 protected:
  const Kernels& kernels() const { return KernelsFor(GetParam()); }
};

TEST_P(PerceptronScorerBy, ScoresAnyNumberOfMomentsAsTheirCopiesDo) {
  const TestData data = TestData::Pixels(90, 40, 2, 0.4, 1);
  for (int moments = 1; moments <= PerceptronScorer::kCapacity; ++moments) {
    Perceptron perceptron(40);
    PerceptronScorer scorer(data.Sparse(), kernels());
    const auto expected = PresentAndAdd(data.Sparse(), 0, moments, perceptron, scorer);
    EXPECT_EQ(scorer.size(), moments);
    ExpectScores(scorer.ScoreAll(), expected);
  }
}

TEST_P(PerceptronScorerBy, ForgetsWhatItHasScored) {
  const TestData data = TestData::Floats(90, 5, 2, 1);
  Perceptron perceptron(5);
  PerceptronScorer scorer(data.Dense(), kernels());
  for (const int moments : {32, 9, 20}) {
    const auto expected = PresentAndAdd(data.Dense(), moments, moments, perceptron, scorer);
    ExpectScores(scorer.ScoreAll(), expected);
    EXPECT_EQ(scorer.size(), 0);
  }
}

TEST_P(PerceptronScorerBy, KnowsTheScoreOfZerosAmongOthers) {
  const TestData data = TestData::Pixels(90, 40, 2, 0.4, 1);
  for (const Examples& examples : {data.Sparse(), data.Dense()}) {
    Perceptron perceptron(40);
    const std::unique_ptr<ModelCopy> copy = perceptron.NewCopy();
    const Score of_zeros = copy->Evaluate(examples);
    PerceptronScorer scorer(examples, kernels());
    const std::vector<double> negative_zeros(40, -0.0);
    scorer.Add(perceptron.weights());
    std::vector<Score> expected = PresentAndAdd(examples, 0, 17, perceptron, scorer);
    scorer.Add(negative_zeros);
    expected.insert(expected.begin(), of_zeros);
    expected.push_back(of_zeros);
    ExpectScores(scorer.ScoreAll(), expected);
    scorer.Add(negative_zeros);
    ExpectScores(scorer.ScoreAll(), {of_zeros});
  }
}

INSTANTIATE_TEST_SUITE_P(, PerceptronScorerBy, testing::ValuesIn(SupportedInstructionSets()),
                         [](const testing::TestParamInfo<InstructionSet>& instruction_set) {
                           return "V" + std::to_string(static_cast<int>(instruction_set.param));
                         });

}  // namespace
}  // namespace percept::ml
