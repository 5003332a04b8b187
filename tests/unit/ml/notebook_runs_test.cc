// The runs of the notebook, held to the oracle: final parameters within 1e-5 by norm of each
// tensor, those of the multiperceptron at every step.
#include <string>

#include "gtest/gtest.h"

#include "tests/unit/ml/data.h"
#include "tests/unit/ml/toy_data.h"

namespace percept::ml {
namespace {

class NotebookRuns : public testing::TestWithParam<InstructionSet> {
 protected:
  static ParallelTraining Multiperceptron(int32_t classes, double learning_rate, int32_t epochs,
                                          int32_t batch_size) {
    ParallelTraining run{.model = MultiperceptronSpec(), .classes = classes};
    run.training.learning_rate = learning_rate;
    run.training.epochs = epochs;
    run.training.batch_size = batch_size;
    run.comparison = Comparison::kAtEachStep;
    return run;
  }

  // 2-3-2, by Adam.
  static ParallelTraining ToyMlp(int32_t epochs) {
    ParallelTraining run{.model = MlpSpec({3}), .training = TrainingBy(OptimizerKind::kAdam)};
    run.training.learning_rate = 0.01;
    run.training.epochs = epochs;
    run.training.batch_size = 5;
    return run;
  }

  void Expect(const ParallelTraining& run, const TestData& data, const Examples& examples) const {
    ExpectAgreement(run, data, examples, KernelsFor(GetParam()));
  }
};

TEST_P(NotebookRuns, MultiperceptronOnThreeClassesAgreesAtEveryStep) {
  const TestData data = ThreeClasses(200);
  Expect(Multiperceptron(3, 0.1, 2, 10), data, data.Dense());
}

// On the two sets that it cannot learn, the multiperceptron lingers at a saddle, where a difference
// grows at every step: from 1e-9 to 1 within two epochs on xor, in any float32 arithmetic.
TEST_P(NotebookRuns, MultiperceptronOnXorAgreesOneStepAtATime) {
  const TestData data = Xor(200);
  ParallelTraining run = Multiperceptron(2, 0.05, 5, 10);
  run.comparison = Comparison::kOneStepAtATime;
  Expect(run, data, data.Dense());
}

TEST_P(NotebookRuns, MultiperceptronOnBullseyeAgreesOneStepAtATime) {
  const TestData data = Bullseye(200);
  ParallelTraining run = Multiperceptron(2, 0.05, 5, 10);
  run.comparison = Comparison::kOneStepAtATime;
  Expect(run, data, data.Dense());
}

TEST_P(NotebookRuns, MultiperceptronOnImagesAgreesAtEveryStep) {
  const TestData data = MnistLike(2050);
  Expect(Multiperceptron(10, 0.1, 2, 100), data, data.Sparse());
  Expect(Multiperceptron(10, 0.1, 1, 100), data, data.Dense());
}

TEST_P(NotebookRuns, MlpByAdamOnXorAgrees) {
  const TestData data = Xor(200);
  Expect(ToyMlp(5), data, data.Dense());
}

TEST_P(NotebookRuns, MlpByAdamOnBullseyeAgrees) {
  const TestData data = Bullseye(200);
  Expect(ToyMlp(5), data, data.Dense());
  Expect(ToyMlp(15), data, data.Dense());
}

TEST_P(NotebookRuns, MlpOnImagesAgrees) {
  ParallelTraining run{.model = MlpSpec({64}), .classes = 10};
  run.training.epochs = 5;
  const TestData data = MnistLike(1030);
  Expect(run, data, data.Sparse());
  run.training.epochs = 1;
  Expect(run, data, data.Dense());
}

INSTANTIATE_TEST_SUITE_P(, NotebookRuns, testing::ValuesIn(SupportedInstructionSets()),
                         [](const testing::TestParamInfo<InstructionSet>& instruction_set) {
                           return "V" + std::to_string(static_cast<int>(instruction_set.param));
                         });

}  // namespace
}  // namespace percept::ml
