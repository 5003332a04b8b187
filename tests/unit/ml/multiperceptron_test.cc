#include "server/ml/models/multiperceptron.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/ml/model.h"
#include "tests/unit/ml/data.h"
#include "tests/unit/ml/toy_data.h"

namespace percept::ml {
namespace {

using testing::Each;

// Everything here holds for each instruction set the machine has.
class Multiperceptron : public testing::TestWithParam<InstructionSet> {
 protected:
  const Kernels& kernels() const { return KernelsFor(GetParam()); }

  void Expect(const TestData& data, const Examples& examples, int32_t classes, int32_t batch_size,
              int epochs, Comparison comparison = Comparison::kAtEachStep) const {
    ParallelTraining run{.model = MultiperceptronSpec(), .classes = classes};
    run.training.batch_size = batch_size;
    run.training.epochs = epochs;
    run.comparison = comparison;
    ExpectAgreement(run, data, examples, kernels());
  }
};

TEST_P(Multiperceptron, StartsAtZeroWhateverTheSeed) {
  const auto model = MakeModel(MultiperceptronSpec(), {5, 3}, 4, kernels(), 77);
  EXPECT_THAT(FloatsOf(ExportOf(*model, MultiperceptronSpec(), {5, 3})), Each(0.0f));
}

TEST_P(Multiperceptron, TakesNoNoticeOfHiddenUnits) {
  ModelSpec spec = MultiperceptronSpec();
  spec.hidden_units = {7};
  EXPECT_EQ(ParameterCount(ParameterLayout(spec, {5, 3})), 18);
}

TEST_P(Multiperceptron, HasALossOfLogKAtItsStart) {
  const TestData data = TestData::Floats(20, 2, 5, 1);
  const auto model = MakeModel(MultiperceptronSpec(), {2, 5}, 4, kernels());
  EXPECT_NEAR(EvaluationOf(*model, data.Dense()).loss_sum, 20 * std::log(5.0), 1e-5);
}

// With all parameters zero, tanh' is 1 and every probability 1 / K.
TEST_P(Multiperceptron, FirstStepMatchesClosedForm) {
  const TestData data = TestData::Points(2, {1.0f, -2.0f}, {1});
  const auto model = MakeModel(MultiperceptronSpec(), {2, 2}, 1, kernels());
  model->TrainBatch(data.Dense(), Rows(0, 1), 0.5);
  EXPECT_THAT(FloatsOf(ExportOf(*model, MultiperceptronSpec(), {2, 2})),
              testing::ElementsAre(-0.25f, 0.5f, 0.25f, -0.5f, -0.25f, 0.25f));
}

// Of two classes that batches hold about equally, the biases come close to zero, of which rounding
// is any multiple.
TEST_P(Multiperceptron, AgreesWithOracleForEachNumberOfClasses) {
  for (const int32_t classes : {1, 2, 3, 15, 16, 17, 40}) {
    SCOPED_TRACE(classes);
    const TestData data = TestData::Floats(43, 3, classes, 8);
    Expect(data, data.Dense(), classes, 10, 3, Comparison::kOneStepAtATime);
  }
}

TEST_P(Multiperceptron, AgreesWithOracleOnSparseAndDensePixels) {
  const TestData data = TestData::Pixels(103, 300, 10, 0.2, 5);
  Expect(data, data.Sparse(), 10, 10, 3);
  Expect(data, data.Dense(), 10, 10, 3);
}

// The first-level cache holds fewer than 8,192 weights; more take another path.
TEST_P(Multiperceptron, AgreesWithOracleOnLargeLayers) {
  const TestData data = TestData::Pixels(60, 700, 17, 0.2, 6);
  Expect(data, data.Sparse(), 17, 25, 2);
  Expect(data, data.Dense(), 17, 25, 2);
}

TEST_P(Multiperceptron, AgreesWithOracleWhenTheBatchExceedsOnePass) {
  const TestData data = TestData::Pixels(1300, 10, 3, 0.5, 8);
  Expect(data, data.Dense(), 3, 1300, 4);
  Expect(data, data.Sparse(), 3, 1300, 4);
}

TEST_P(Multiperceptron, AgreesOnDenseAndSparseViewsOfTheSameData) {
  const TestData data = MnistLike(300);
  const ModelSpec spec = MultiperceptronSpec();
  const ModelShape shape{784, 10};
  const auto dense = MakeModel(spec, shape, 20, kernels());
  const auto sparse = MakeModel(spec, shape, 20, kernels());
  for (uint32_t first = 0; first < 300; first += 20) {
    const Score a = dense->TrainBatch(data.Dense(), Rows(first, 20), 0.1);
    const Score b = sparse->TrainBatch(data.Sparse(), Rows(first, 20), 0.1);
    EXPECT_NEAR(a.loss_sum, b.loss_sum, 1e-5 * a.loss_sum);
  }
  oracle::Network expected = OracleOf(*sparse, spec, shape);
  EXPECT_LE(LargestTensorError(*dense, spec, shape, expected), 1e-6);
}

TEST_P(Multiperceptron, EvaluatesAnExampleAlikeWhereverItLies) {
  const TestData data = TestData::Pixels(300, 150, 10, 0.3, 12);
  const auto model = MakeModel(MultiperceptronSpec(), {150, 10}, 300, kernels());
  model->TrainBatch(data.Sparse(), Rows(0, 300), 1.0);
  const auto copy = model->NewCopy();
  model->CopyTo(*copy);
  for (const bool is_sparse : {false, true}) {
    Score sum;
    for (int64_t n = 0; n < 300; ++n) {
      sum += copy->Evaluate(is_sparse ? data.Sparse(n, 1) : data.Dense(n, 1));
    }
    const Score whole = copy->Evaluate(is_sparse ? data.Sparse() : data.Dense());
    EXPECT_EQ(whole.correct, sum.correct);
    EXPECT_EQ(whole.loss_sum, sum.loss_sum);
  }
}

TEST_P(Multiperceptron, LearnsThreeClasses) {
  const TestData data = ThreeClasses(200);
  const auto model = MakeModel(MultiperceptronSpec(), {2, 3}, 10, kernels());
  for (int epoch = 0; epoch < 2; ++epoch) {
    for (uint32_t first = 0; first < 600; first += 10) {
      model->TrainBatch(data.Dense(), Rows(first, 10), 0.1);
    }
  }
  EXPECT_GE(EvaluationOf(*model, data.Dense()).correct, 0.93 * 600);
}

TEST_P(Multiperceptron, ShowsALossThatIsNotFiniteForInputsThatAreNotFinite) {
  TestData data = TestData::Floats(4, 3, 2, 18);
  data.floats()[7] = std::numeric_limits<float>::quiet_NaN();
  const auto model = MakeModel(MultiperceptronSpec(), {3, 2}, 4, kernels());
  EXPECT_FALSE(std::isfinite(EvaluationOf(*model, data.Dense()).loss_sum));
  EXPECT_FALSE(std::isfinite(model->TrainBatch(data.Dense(), Rows(0, 4), 0.1).loss_sum));
}

TEST_P(Multiperceptron, ShowsALossThatIsNotFiniteWhenItDiverges) {
  const TestData data = TestData::Pixels(64, 100, 5, 0.3, 17);
  for (const Examples& examples : {data.Dense(), data.Sparse()}) {
    const auto model = MakeModel(MultiperceptronSpec(), {100, 5}, 16, kernels());
    model->TrainBatch(examples, Rows(0, 16), std::numeric_limits<double>::infinity());
    EXPECT_FALSE(std::isfinite(model->TrainBatch(examples, Rows(16, 16), 0.1).loss_sum));
  }
}

INSTANTIATE_TEST_SUITE_P(, Multiperceptron, testing::ValuesIn(SupportedInstructionSets()),
                         [](const testing::TestParamInfo<InstructionSet>& instruction_set) {
                           return "V" + std::to_string(static_cast<int>(instruction_set.param));
                         });

}  // namespace
}  // namespace percept::ml
