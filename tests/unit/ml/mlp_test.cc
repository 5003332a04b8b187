#include "server/ml/models/mlp.h"

#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/random.h"
#include "server/ml/model.h"
#include "tests/unit/ml/data.h"
#include "tests/unit/ml/oracle.h"

namespace percept::ml {
namespace {

constexpr Activation kActivations[] = {Activation::kTanh, Activation::kSigmoid, Activation::kRelu,
                                       Activation::kGelu};
constexpr double kTolerance = 1e-5;

// Everything here holds for each instruction set the machine has.
class Mlp : public testing::TestWithParam<InstructionSet> {
 protected:
  const Kernels& kernels() const { return KernelsFor(GetParam()); }

  // By stochastic gradient descent.
  void ExpectAgreement(const TestData& data, const Examples& examples, const ModelSpec& spec,
                       int32_t classes, int32_t batch_size, int epochs, double learning_rate) {
    ParallelTraining run{.model = spec, .classes = classes};
    run.training.batch_size = batch_size;
    run.training.epochs = epochs;
    run.training.learning_rate = learning_rate;
    ml::ExpectAgreement(run, data, examples, kernels());
  }
};

TEST_P(Mlp, AgreesWithOracleForEachActivationOnDenseInputs) {
  const TestData data = TestData::Floats(103, 5, 3, 1);
  for (const Activation activation : kActivations) {
    SCOPED_TRACE(static_cast<int>(activation));
    ExpectAgreement(data, data.Dense(), MlpSpec({7}, activation), 3, 10, 4, 0.1);
  }
}

TEST_P(Mlp, AgreesWithOracleForEachActivationOnSparseInputs) {
  const TestData data = TestData::Pixels(103, 49, 3, 0.2, 2);
  for (const Activation activation : kActivations) {
    SCOPED_TRACE(static_cast<int>(activation));
    ExpectAgreement(data, data.Sparse(), MlpSpec({17}, activation), 3, 10, 3, 0.1);
  }
}

TEST_P(Mlp, AgreesWithOracleAtOddWidths) {
  for (const int32_t hidden : {1, 3, 7, 17, 65, 100}) {
    for (const int32_t inputs : {1, 2, 33}) {
      SCOPED_TRACE(testing::Message() << inputs << "-" << hidden);
      const TestData data = TestData::Pixels(31, inputs, 4, 0.5, 3);
      ExpectAgreement(data, data.Dense(), MlpSpec({hidden}), 4, 8, 2, 0.1);
      ExpectAgreement(data, data.Sparse(), MlpSpec({hidden}), 4, 8, 2, 0.1);
    }
  }
}

TEST_P(Mlp, AgreesWithOracleForEachNumberOfClasses) {
  for (const int32_t classes : {1, 2, 15, 16, 17, 40, 300}) {
    SCOPED_TRACE(classes);
    const TestData data = TestData::Floats(21, 3, classes, 4);
    ExpectAgreement(data, data.Dense(), MlpSpec({6}), classes, 5, 2, 0.1);
  }
}

TEST_P(Mlp, AgreesWithOracleWithSeveralLayers) {
  const TestData data = TestData::Pixels(60, 20, 3, 0.4, 5);
  for (const Activation activation : kActivations) {
    ExpectAgreement(data, data.Sparse(), MlpSpec({9, 33, 5}, activation), 3, 16, 3, 0.1);
  }
  ExpectAgreement(data, data.Dense(), MlpSpec(std::vector<int32_t>(16, 4)), 3, 16, 2, 0.1);
}

// Layers too large for the first-level cache take another path, in blocks of 192 outputs and 256
// inputs.
TEST_P(Mlp, AgreesWithOracleOnLargeLayers) {
  const TestData deep = TestData::Pixels(150, 100, 5, 0.2, 6);
  ExpectAgreement(deep, deep.Dense(), MlpSpec({144, 112}), 5, 75, 1, 0.2);
  ExpectAgreement(deep, deep.Sparse(), MlpSpec({144, 112}), 5, 75, 1, 0.2);
  const TestData wide = TestData::Pixels(83, 300, 5, 0.2, 6);
  ExpectAgreement(wide, wide.Dense(), MlpSpec({210}), 5, 55, 1, 0.2);
}

TEST_P(Mlp, AgreesWithOracleOverManySteps) {
  const TestData data = TestData::Pixels(200, 36, 4, 0.3, 7);
  ExpectAgreement(data, data.Sparse(), MlpSpec({12}), 4, 10, 15, 0.1);
}

TEST_P(Mlp, AgreesWithOracleWhenTheBatchExceedsOnePass) {
  const TestData data = TestData::Pixels(1300, 10, 3, 0.5, 8);
  ExpectAgreement(data, data.Dense(), MlpSpec({5}), 3, 1300, 4, 0.5);
  ExpectAgreement(data, data.Sparse(), MlpSpec({5}), 3, 1300, 4, 0.5);
}

// Sorted pixels of one batch have room for 2^18; this batch has more.
TEST_P(Mlp, AgreesWithOracleWhenThePixelsExceedTheRoomForSorting) {
  const TestData data = TestData::Pixels(300, 1100, 2, 1.0, 9);
  ExpectAgreement(data, data.Sparse(), MlpSpec({17}), 2, 300, 2, 0.05);
}

TEST_P(Mlp, TakesTheRowsItIsTold) {
  const TestData data = TestData::Pixels(40, 30, 3, 0.3, 10);
  const ModelSpec spec = MlpSpec({8});
  const ModelShape shape{30, 3};
  const std::vector<uint32_t> rows = {39, 0, 17, 17, 3};
  for (const Examples& examples : {data.Dense(), data.Sparse()}) {
    const auto model = MakeModel(spec, shape, 5, kernels());
    oracle::Network expected = OracleOf(*model, spec, shape);
    model->TrainBatch(examples, rows, 0.5);
    oracle::Optimizer optimizer(TrainingSpec{});
    expected.TrainBatch(data.ForOracle(rows), optimizer, 0.5);
    EXPECT_LE(LargestTensorError(*model, spec, shape, expected), kTolerance);
  }
}

TEST_P(Mlp, IsUnchangedByAnEmptyBatch) {
  const TestData data = TestData::Floats(4, 2, 2, 1);
  const ModelSpec spec = MlpSpec({3});
  const auto model = MakeModel(spec, {2, 2}, 4, kernels());
  const auto before = ExportOf(*model, spec, {2, 2});
  const Score score = model->TrainBatch(data.Dense(), {}, 0.1);
  EXPECT_EQ(score.examples, 0);
  EXPECT_EQ(score.loss_sum, 0.0);
  EXPECT_EQ(ExportOf(*model, spec, {2, 2}), before);
}

TEST_P(Mlp, AgreesOnDenseAndSparseViewsOfTheSameData) {
  const TestData data = TestData::Pixels(100, 784, 10, 0.19, 11);
  const ModelSpec spec = MlpSpec({64});
  const ModelShape shape{784, 10};
  const auto dense = MakeModel(spec, shape, 20, kernels());
  const auto sparse = MakeModel(spec, shape, 20, kernels());
  for (uint32_t first = 0; first < 100; first += 20) {
    const Score a = dense->TrainBatch(data.Dense(), Rows(first, 20), 0.1);
    const Score b = sparse->TrainBatch(data.Sparse(), Rows(first, 20), 0.1);
    EXPECT_NEAR(a.loss_sum, b.loss_sum, 1e-5 * a.loss_sum);
  }
  oracle::Network expected = OracleOf(*sparse, spec, shape);
  EXPECT_LE(LargestTensorError(*dense, spec, shape, expected), 1e-6);
}

// Every tile, block and tail computes a row alike, so that evaluation is the same however the
// examples are cut.
TEST_P(Mlp, EvaluatesAnExampleAlikeWhereverItLies) {
  const TestData data = TestData::Pixels(300, 150, 10, 0.3, 12);
  for (const auto& hidden : {std::vector<int32_t>{9}, {64}, {130, 100}}) {
    const auto model = MakeModel(MlpSpec(hidden), {150, 10}, 10, kernels());
    const auto copy = model->NewCopy();
    model->CopyTo(*copy);
    std::vector<Score> one_by_one[2];
    for (int64_t n = 0; n < data.count(); ++n) {
      one_by_one[0].push_back(copy->Evaluate(data.Dense(n, 1)));
      one_by_one[1].push_back(copy->Evaluate(data.Sparse(n, 1)));
    }
    for (const int64_t first : {0, 1, 7, 44}) {
      for (const int sparse : {0, 1}) {
        const int64_t count = data.count() - first;
        const Score whole =
            copy->Evaluate(sparse ? data.Sparse(first, count) : data.Dense(first, count));
        Score sum;
        for (int64_t n = first; n < data.count(); ++n) sum += one_by_one[sparse][n];
        EXPECT_EQ(whole.examples, sum.examples);
        EXPECT_EQ(whole.correct, sum.correct);
        EXPECT_EQ(whole.loss_sum, sum.loss_sum) << "hidden " << hidden[0] << " from " << first;
      }
    }
  }
}

TEST_P(Mlp, EvaluatesNoExamplesToNothing) {
  const TestData data = TestData::Floats(4, 2, 2, 1);
  const auto model = MakeModel(MlpSpec({3}), {2, 2}, 4, kernels());
  const Score score = EvaluationOf(*model, data.Dense(0, 0));
  EXPECT_EQ(score.examples, 0);
  EXPECT_EQ(score.loss_sum, 0.0);
}

TEST_P(Mlp, CopyStaysAsItWasWhileTheModelTrains) {
  const TestData data = TestData::Floats(10, 2, 2, 13);
  const ModelSpec spec = MlpSpec({3});
  const auto model = MakeModel(spec, {2, 2}, 10, kernels());
  const auto copy = model->NewCopy();
  model->CopyTo(*copy);
  const double before = copy->Evaluate(data.Dense()).loss_sum;
  model->TrainBatch(data.Dense(), Rows(0, 10), 1.0);
  EXPECT_EQ(copy->Evaluate(data.Dense()).loss_sum, before);
  model->CopyTo(*copy);
  EXPECT_LT(copy->Evaluate(data.Dense()).loss_sum, before);
}

TEST_P(Mlp, ReproducesBitsFromTheSameSeed) {
  const TestData data = TestData::Pixels(64, 100, 5, 0.3, 16);
  const ModelSpec spec = MlpSpec({40, 20});
  const ModelShape shape{100, 5};
  std::vector<char> first_run;
  for (int run = 0; run < 2; ++run) {
    const auto model = MakeModel(spec, shape, 16, kernels(), 77);
    for (int step = 0; step < 20; ++step) {
      model->TrainBatch(data.Sparse(), Rows(step % 4 * 16, 16), 0.1);
    }
    const std::vector<char> parameters = ExportOf(*model, spec, shape);
    if (run == 0) first_run = parameters;
    EXPECT_EQ(parameters, first_run);
  }
}

TEST_P(Mlp, ShowsALossThatIsNotFiniteWhenItDiverges) {
  const TestData data = TestData::Pixels(64, 100, 5, 0.3, 17);
  for (const Activation activation : kActivations) {
    for (const Examples& examples : {data.Dense(), data.Sparse()}) {
      const auto model = MakeModel(MlpSpec({40, 20}, activation), {100, 5}, 16, kernels());
      model->TrainBatch(examples, Rows(0, 16), std::numeric_limits<double>::infinity());
      const Score score = model->TrainBatch(examples, Rows(16, 16), 0.1);
      EXPECT_FALSE(std::isfinite(score.loss_sum));
      EXPECT_FALSE(std::isfinite(EvaluationOf(*model, examples).loss_sum));
      model->TrainBatch(examples, Rows(0, 16), 0.1);
    }
  }
}

TEST_P(Mlp, ShowsALossThatIsNotFiniteForInputsThatAreNotFinite) {
  for (const float poison : {std::numeric_limits<float>::quiet_NaN()}) {
    for (const Activation activation : kActivations) {
      TestData data = TestData::Floats(4, 3, 2, 18);
      data.floats()[7] = poison;
      const auto model = MakeModel(MlpSpec({4}, activation), {3, 2}, 4, kernels());
      EXPECT_FALSE(std::isfinite(EvaluationOf(*model, data.Dense()).loss_sum));
      const Score score = model->TrainBatch(data.Dense(), Rows(0, 4), 0.1);
      EXPECT_FALSE(std::isfinite(score.loss_sum));
      EXPECT_LE(score.correct, 3);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, Mlp, testing::ValuesIn(SupportedInstructionSets()),
                         [](const testing::TestParamInfo<InstructionSet>& instruction_set) {
                           return "V" + std::to_string(static_cast<int>(instruction_set.param));
                         });

}  // namespace
}  // namespace percept::ml
