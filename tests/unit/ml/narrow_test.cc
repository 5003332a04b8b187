// Evaluation and training of networks so narrow that examples, not outputs, fill the vectors.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/ml/model.h"
#include "tests/unit/ml/data.h"
#include "tests/unit/ml/oracle.h"

namespace percept::ml {
namespace {

class NarrowNetworksBy : public testing::TestWithParam<InstructionSet> {
 protected:
  std::unique_ptr<Model> NewModel(const ModelSpec& spec, ModelShape shape) const {
    return MakeModel(spec, shape, 10, KernelsFor(GetParam()));
  }

  // Expects the model's score of each of `counts` first examples to be the oracle's.
  void ExpectOraclesScores(const ModelSpec& spec, ModelShape shape,
                           const std::vector<int64_t>& counts) const {
    const TestData data = TestData::Floats(300, shape.inputs, shape.classes, 1);
    const auto model = NewModel(spec, shape);
    model->TrainBatch(data.Dense(), Rows(0, 10), 0.1);  // A multiperceptron starts from zeros.
    const oracle::Network oracle = OracleOf(*model, spec, shape);
    const std::vector<oracle::Example> examples = data.ForOracle();
    for (const int64_t count : counts) {
      const std::vector<oracle::Example> first(examples.begin(), examples.begin() + count);
      const oracle::Score expected = oracle.Evaluate(first);
      const Score score = EvaluationOf(*model, data.Dense(0, count));
      EXPECT_EQ(score.examples, count);
      EXPECT_EQ(score.correct, expected.correct) << count;
      EXPECT_NEAR(score.loss_sum, expected.loss_sum, 1e-6 * expected.loss_sum) << count;
    }
  }
};

TEST_P(NarrowNetworksBy, EachExampleCountsOnceWhateverTheirNumber) {
  std::vector<int64_t> counts;
  for (int64_t count = 1; count <= 140; ++count) counts.push_back(count);
  ExpectOraclesScores(MlpSpec({3}), {2, 2}, counts);
  ExpectOraclesScores(MlpSpec({5}), {3, 4}, counts);
}

TEST_P(NarrowNetworksBy, ScoresOfEachWidthMatchTheOracle) {
  for (const int32_t width : {1, 2, 3, 7, 8, 15, 16}) {
    SCOPED_TRACE(width);
    ExpectOraclesScores(MlpSpec({3}), {width, 2}, {200});
    ExpectOraclesScores(MlpSpec({width}), {2, 3}, {200});
    ExpectOraclesScores(MlpSpec({4}), {2, width}, {200});
    ExpectOraclesScores(MultiperceptronSpec(), {width, 3}, {200});
  }
}

TEST_P(NarrowNetworksBy, ScoresOfEachActivationAndDepthMatchTheOracle) {
  for (const Activation activation :
       {Activation::kTanh, Activation::kSigmoid, Activation::kRelu, Activation::kGelu}) {
    SCOPED_TRACE(static_cast<int>(activation));
    ExpectOraclesScores(MlpSpec({6}, activation), {2, 2}, {200});
    ExpectOraclesScores(MlpSpec({16, 5, 9}, activation), {4, 3}, {200});
  }
}

TEST_P(NarrowNetworksBy, TiesGoToTheLowestClass) {
  for (const int32_t classes : {2, 3, 16}) {
    const TestData data = TestData::Floats(200, 2, classes, 1);
    // All logits are 0 at the start.
    const Score score = EvaluationOf(*NewModel(MultiperceptronSpec(), {2, classes}), data.Dense());
    int64_t lowest = 0;
    for (const oracle::Example& example : data.ForOracle()) lowest += example.label == 0 ? 1 : 0;
    EXPECT_EQ(score.correct, lowest) << classes;
    EXPECT_NEAR(score.loss_sum, 200 * std::log(classes), 1e-4) << classes;
  }
}

TEST_P(NarrowNetworksBy, LossIsStableForLargeLogits) {
  // Scores of 3e4 and -3e4 for the first class, and as much the other way for the second.
  const ModelSpec spec = MlpSpec({1}, Activation::kRelu);
  const auto model = NewModel(spec, {1, 2});
  const std::vector<float> parameters = {1.0f, 0.0f, 3e4f, -3e4f, 0.0f, 0.0f};
  model->ImportParameters(
      {reinterpret_cast<const char*>(parameters.data()), parameters.size() * sizeof(float)});
  std::vector<int32_t> labels(20, 0);
  labels[7] = 1;
  const TestData data = TestData::Points(1, std::vector<float>(20, 1.0f), labels);
  const Score score = EvaluationOf(*model, data.Dense());
  EXPECT_EQ(score.correct, 19);
  EXPECT_EQ(score.loss_sum, 6e4);
}

TEST_P(NarrowNetworksBy, AnExampleThatIsNotFiniteIsWrongAndSpoilsTheLoss) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const int32_t classes : {2, 3}) {
    const ModelSpec spec = MlpSpec({2}, Activation::kRelu);
    const auto model = NewModel(spec, {2, classes});
    for (const float poison : {kInfinity, -kInfinity, static_cast<float>(NAN)}) {
      for (const size_t place : {0, 15, 18}) {
        std::vector<float> points(2 * 19, 0.5f);
        points[2 * place] = points[2 * place + 1] = poison;
        const auto scored = [&](int32_t label) {
          const TestData data = TestData::Points(2, points, std::vector<int32_t>(19, label));
          return EvaluationOf(*model, data.Dense());
        };
        int64_t correct = 0;
        for (int32_t label = 0; label < classes; ++label) correct += scored(label).correct;
        EXPECT_EQ(correct, 18) << poison << " at " << place;
        EXPECT_FALSE(std::isfinite(scored(0).loss_sum)) << poison << " at " << place;
      }
    }
  }
}

TEST_P(NarrowNetworksBy, BatchesOfEachSizeTrainAsTheOracleDoes) {
  const TestData data = TestData::Floats(300, 2, 3, 2);
  for (const int32_t batch_size : {1, 3, 4, 5, 8, 15, 16, 17, 100, 256, 257}) {
    SCOPED_TRACE(batch_size);
    TrainingSpec training = TrainingBy(OptimizerKind::kSgd);
    training.batch_size = batch_size;
    training.epochs = 1;
    ExpectAgreement({MlpSpec({5}), training, 3, Comparison::kOneStepAtATime}, data, data.Dense(),
                    KernelsFor(GetParam()));
  }
}

TEST_P(NarrowNetworksBy, EachWidthAndOptimiserTrainsAsTheOracleDoes) {
  for (const int32_t width : {1, 3, 4, 5, 8, 9, 12, 13, 16}) {
    SCOPED_TRACE(width);
    const TestData data = TestData::Floats(60, width, 4, 3);
    for (const OptimizerKind optimizer :
         {OptimizerKind::kSgd, OptimizerKind::kMomentum, OptimizerKind::kAdam}) {
      TrainingSpec training = TrainingBy(optimizer, 0.01);
      training.batch_size = 20;
      training.epochs = 1;
      training.learning_rate = 0.01;
      ExpectAgreement({MlpSpec({width, 3, width}), training, 4}, data, data.Dense(),
                      KernelsFor(GetParam()));
    }
  }
}

TEST_P(NarrowNetworksBy, TheSpareLanesOfABatchTrainNothing) {
  // The scratch memory still holds the larger batch before.
  const ModelSpec spec = MlpSpec({3});
  const TestData data = TestData::Floats(20, 2, 2, 4);
  const auto used = NewModel(spec, {2, 2});
  const auto fresh = NewModel(spec, {2, 2});
  used->TrainBatch(data.Dense(), Rows(0, 10), 0.0);
  const Score score = used->TrainBatch(data.Dense(), Rows(10, 1), 0.1);
  const Score expected = fresh->TrainBatch(data.Dense(), Rows(10, 1), 0.1);
  EXPECT_EQ(score.loss_sum, expected.loss_sum);
  EXPECT_EQ(score.correct, expected.correct);
  EXPECT_EQ(ExportOf(*used, spec, {2, 2}), ExportOf(*fresh, spec, {2, 2}));
}

INSTANTIATE_TEST_SUITE_P(, NarrowNetworksBy, testing::ValuesIn(SupportedInstructionSets()),
                         [](const testing::TestParamInfo<InstructionSet>& instruction_set) {
                           return "V" + std::to_string(static_cast<int>(instruction_set.param));
                         });

}  // namespace
}  // namespace percept::ml
