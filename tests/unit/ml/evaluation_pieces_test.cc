#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/ml/aligned_buffer.h"
#include "server/ml/models/mlp.h"
#include "server/ml/models/perceptron.h"
#include "server/ml/models/perceptron_scorer.h"
#include "tests/unit/ml/data.h"

// Evaluations go piece by piece, which changes no bits, and can be given up between two of them.
namespace percept::ml {
namespace {

class EvaluationPiecesBy : public testing::TestWithParam<InstructionSet> {
 protected:
  const Kernels& kernels() const { return KernelsFor(GetParam()); }

  std::unique_ptr<ModelCopy> NewCopy(const ModelSpec& spec, ModelShape shape) const {
    const auto model = MakeModel(spec, shape, 10, kernels());
    std::unique_ptr<ModelCopy> copy = model->NewCopy();
    model->CopyTo(*copy);
    return copy;
  }
};

// The score that one call of the kernel for narrow networks gives.
LossSums ScoreAtOnce(const Kernels& kernels, const ModelSpec& spec, ModelShape shape,
                     const ModelCopy& copy, const Examples& examples) {
  const FeedForwardNetwork network = MlpNetwork(spec, shape);
  std::vector<char> bytes(network.layout.ExportBytes());
  copy.ExportParameters(absl::MakeSpan(bytes));
  AlignedBuffer<float> parameters(network.layout.floats());
  network.layout.Import(bytes, parameters.data());
  LossSums sums{0, 0.0};
  kernels.score_narrow(network.Narrow(network.layout.Views(parameters.data())),
                       {examples.count, examples.dense, examples.inputs}, examples.labels, &sums);
  return sums;
}

TEST_P(EvaluationPiecesBy, OfNarrowNetworksGiveTheBitsOfOneCall) {
  constexpr int64_t kPiece = 64 * kNarrowRows;
  const ModelSpec spec = MlpSpec({5});
  const ModelShape shape{2, 3};
  const TestData data = TestData::Floats(2 * kPiece + 100, 2, 3, 1);
  const std::unique_ptr<ModelCopy> copy = NewCopy(spec, shape);
  for (const int64_t count : {kPiece - 1, kPiece, kPiece + 1, kPiece + kNarrowMinRows - 1,
                              kPiece + kNarrowMinRows, kPiece + 300, 2 * kPiece + 100}) {
    const LossSums expected = ScoreAtOnce(kernels(), spec, shape, *copy, data.Dense(0, count));
    const Score score = copy->Evaluate(data.Dense(0, count));
    EXPECT_EQ(score.examples, count);
    EXPECT_EQ(score.correct, expected.correct) << count;
    EXPECT_EQ(score.loss_sum, expected.loss) << count;
  }
}

void ExpectEndsWhenTold(ModelCopy& copy, const Examples& examples) {
  const Score before = copy.Evaluate(examples);
  int questions = 0;
  EXPECT_FALSE(copy.EvaluateWhile(examples, [&] { return ++questions < 2; }).has_value());
  EXPECT_EQ(questions, 2);
  const Score after = copy.Evaluate(examples);
  EXPECT_EQ(after.correct, before.correct);
  EXPECT_EQ(after.loss_sum, before.loss_sum);
}

TEST_P(EvaluationPiecesBy, EndBetweenTwoOfThem) {
  const TestData points = TestData::Floats(50'000, 2, 3, 1);
  ExpectEndsWhenTold(*NewCopy(MlpSpec({5}), {2, 3}), points.Dense());
  const TestData pixels = TestData::Pixels(800, 60, 3, 0.3, 1);
  const std::unique_ptr<ModelCopy> wide = NewCopy(MlpSpec({70}), {60, 3});
  ExpectEndsWhenTold(*wide, pixels.Dense());
  ExpectEndsWhenTold(*wide, pixels.Sparse());
}

TEST(EvaluationPieces, OfAPerceptronEndBetweenTwoOfThem) {
  const TestData points = TestData::Floats(5000, 2, 2, 1);
  Perceptron perceptron(2);
  perceptron.Present(points.Dense(), 0, 1.0);
  perceptron.Present(points.Dense(), 1, 1.0);
  const std::unique_ptr<ModelCopy> copy = perceptron.NewCopy();
  perceptron.CopyTo(*copy);
  ExpectEndsWhenTold(*copy, points.Dense());
}

TEST_P(EvaluationPiecesBy, OfManyPerceptronsGiveTheScoresOfTheirCopiesAndEndBetweenTwo) {
  const TestData pixels = TestData::Pixels(3000, 2000, 2, 0.1, 1);  // Three pieces.
  for (const Examples& examples : {pixels.Dense(), pixels.Sparse()}) {
    Perceptron perceptron(2000);
    PerceptronScorer scorer(examples, kernels());
    const std::unique_ptr<ModelCopy> copy = perceptron.NewCopy();
    for (int64_t row = 0; row < 3; ++row) {
      perceptron.Present(examples, row, 1.0);
      scorer.Add(perceptron.weights());
    }
    perceptron.CopyTo(*copy);
    int questions = 0;
    EXPECT_FALSE(scorer.ScoreAllWhile([&] { return ++questions < 2; }).has_value());
    EXPECT_EQ(questions, 2);
    const Score expected = copy->Evaluate(examples);
    const absl::Span<const Score> scores = scorer.ScoreAll();
    ASSERT_EQ(scores.size(), 3u);
    EXPECT_EQ(scores[2].correct, expected.correct);
    EXPECT_EQ(scores[2].loss_sum, expected.loss_sum);
  }
}

INSTANTIATE_TEST_SUITE_P(, EvaluationPiecesBy, testing::ValuesIn(SupportedInstructionSets()),
                         [](const auto& tested) {
                           return "V" + std::to_string(static_cast<int>(tested.param));
                         });

}  // namespace
}  // namespace percept::ml
