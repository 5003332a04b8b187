#include "server/inspect/evaluate.h"

#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/data/examples.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/inspect/models.h"

namespace percept::inspect {
namespace {

using ::percept::testing::StatusIs;
using ::testing::HasSubstr;

constexpr ml::ModelShape kShape{6, 3};

TEST(Evaluate, GivesTheBitsOfTheModelInTraining) {
  const ModelSpec spec = MlpSpec({7});
  const data::Dataset dataset = RandomValidation(300, kShape);
  const Examples examples = data::ExamplesOf(dataset, data::SplitKind::kValidation);
  std::vector<uint32_t> rows(examples.count);
  std::iota(rows.begin(), rows.end(), 0);
  for (const auto level : {ml::InstructionSet::kX86_64V2, ml::InstructionSet::kX86_64V3,
                           ml::InstructionSet::kX86_64V4}) {
    if (!ml::IsSupported(level)) continue;
    const ml::Kernels& kernels = ml::KernelsFor(level);
    SCOPED_TRACE(kernels.name);
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<ml::Model> model,
                         ml::CreateModel(spec, TrainingSpec{}, kShape, 3, 100, kernels));
    for (int first = 0; first < 300; first += 100) {
      model->TrainBatch(examples, absl::MakeConstSpan(rows).subspan(first, 100), 0.5);
    }
    const std::unique_ptr<ml::ModelCopy> copy = model->NewCopy();
    model->CopyTo(*copy);
    std::string parameters(ml::ParameterBytes(ml::ParameterLayout(spec, kShape)), '\0');
    copy->ExportParameters(absl::MakeSpan(parameters));
    const ml::Score score = copy->Evaluate(examples);

    ASSERT_OK_AND_ASSIGN(const Evaluation evaluation,
                         Evaluate({spec, kShape, std::make_shared<const std::string>(parameters)},
                                  dataset, data::SplitKind::kValidation, kernels.name, Always));
    EXPECT_EQ(evaluation.examples, 300);
    EXPECT_EQ(evaluation.accuracy, static_cast<double>(score.correct) / 300.0);
    EXPECT_EQ(evaluation.loss, score.loss_sum / 300.0);
  }
}

TEST(Evaluate, MeasuresThePerceptronByItsCriterion) {
  const std::vector<double> weights = {1.0, -2.0};
  const TrainedModel model{
      PerceptronSpec(),
      {2, 2},
      std::make_shared<const std::string>(reinterpret_cast<const char*>(weights.data()), 16)};
  data::Dataset dataset;
  dataset.inputs = 2;
  dataset.classes = 2;
  data::Split& test = dataset.split(data::SplitKind::kTest);
  test.examples = 4;
  test.dense = {2, 1, 1, 1, 3, 0, 0, 5};  // w x: 0, -1, 3, -10
  test.labels = {1, 1, 0, 0};             // right, wrong by 1, wrong by 3, right
  ASSERT_OK_AND_ASSIGN(const Evaluation evaluation,
                       Evaluate(model, dataset, data::SplitKind::kTest, "", Always));
  EXPECT_EQ(evaluation.examples, 4);
  EXPECT_EQ(evaluation.accuracy, 0.5);
  EXPECT_EQ(evaluation.loss, 1.0);
}

TEST(Evaluate, TakesTheBestInstructionSetForOneThatIsUnknown) {
  const data::Dataset dataset = RandomValidation(50, kShape);
  const TrainedModel model = RandomModel(MlpSpec({7}), kShape);
  const char* const best = ml::KernelsFor(ml::BestInstructionSet()).name;
  ASSERT_OK_AND_ASSIGN(const Evaluation expected,
                       Evaluate(model, dataset, data::SplitKind::kValidation, best, Always));
  for (const char* const other : {"", "x86-64-v9"}) {
    ASSERT_OK_AND_ASSIGN(const Evaluation evaluation,
                         Evaluate(model, dataset, data::SplitKind::kValidation, other, Always));
    EXPECT_EQ(evaluation.loss, expected.loss);
  }
}

TEST(Evaluate, NamesTheSplitThatIsEmpty) {
  const data::Dataset dataset = RandomValidation(5, kShape);
  const TrainedModel model = RandomModel(MlpSpec({7}), kShape);
  EXPECT_THAT(Evaluate(model, dataset, data::SplitKind::kTest, "", Always),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no test examples")));
}

TEST(Evaluate, RefusesDataOfAnotherShape) {
  const TrainedModel model = RandomModel(MlpSpec({7}), kShape);
  EXPECT_THAT(
      Evaluate(model, RandomValidation(5, {5, 3}), data::SplitKind::kValidation, "", Always),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("6 inputs and at most 3 classes")));
  EXPECT_THAT(
      Evaluate(model, RandomValidation(5, {6, 4}), data::SplitKind::kValidation, "", Always),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("got 6 and 4")));
}

TEST(Evaluate, IsCancelledWhereNobodyWaits) {
  const TrainedModel model = RandomModel(PerceptronSpec(), {2, 2});
  EXPECT_THAT(Evaluate(model, RandomValidation(3000, {2, 2}), data::SplitKind::kValidation, "",
                       [] { return false; }),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST(Evaluate, RefusesParametersOfAnotherSize) {
  TrainedModel model = RandomModel(MlpSpec({7}), kShape);
  model.parameters = std::make_shared<const std::string>("short");
  EXPECT_THAT(
      Evaluate(model, RandomValidation(5, kShape), data::SplitKind::kValidation, "", Always),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("parameters: must have")));
}

}  // namespace
}  // namespace percept::inspect
