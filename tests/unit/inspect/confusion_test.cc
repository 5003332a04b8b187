#include "server/inspect/confusion.h"

#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/inspect/evaluate.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/inspect/models.h"

namespace percept::inspect {
namespace {

using ::percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kValidation = data::SplitKind::kValidation;

// A perceptron of one input, which predicts class 1 for x >= 0.
const TrainedModel& Sign() {
  static const auto* const model =
      new TrainedModel(ModelOf<double>(PerceptronSpec(), {1, 2}, {1.0}));
  return *model;
}

data::Dataset Points(std::vector<float> x, std::vector<int32_t> labels) {
  data::Dataset dataset;
  dataset.inputs = 1;
  dataset.classes = 2;
  data::Split& split = dataset.split(kValidation);
  split.examples = static_cast<int64_t>(x.size());
  split.dense = std::move(x);
  split.labels = std::move(labels);
  return dataset;
}

TEST(Confusion, CountsByTrueAndPredictedClass) {
  const data::Dataset dataset = Points({-1, -2, 3, 4, 5, -6}, {0, 0, 0, 1, 1, 1});
  ASSERT_OK_AND_ASSIGN(const Confusion confusion,
                       MakeConfusion(Sign(), dataset, kValidation, 20, "", Always));
  EXPECT_EQ(confusion.classes, 2);
  EXPECT_THAT(confusion.counts, ElementsAre(2, 1, 1, 2));
  EXPECT_DOUBLE_EQ(confusion.accuracy, 4.0 / 6.0);
  EXPECT_DOUBLE_EQ(confusion.loss, 9.0 / 6.0);
  EXPECT_DOUBLE_EQ(*confusion.measures[0].precision, 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(*confusion.measures[1].recall, 2.0 / 3.0);
  ASSERT_THAT(confusion.mistakes, SizeIs(2));
  // Both have confidence 1; the score decides.
  EXPECT_EQ(confusion.mistakes[0].example, 5);
  EXPECT_EQ(confusion.mistakes[0].true_label, 1);
  EXPECT_EQ(confusion.mistakes[0].predicted_label, 0);
  EXPECT_EQ(confusion.mistakes[0].confidence, 1.0f);
  EXPECT_EQ(confusion.mistakes[0].score, 6.0f);
  EXPECT_EQ(confusion.mistakes[1].example, 2);
}

TEST(Confusion, MeasuresAreUnsetWhereTheyDivideByNothing) {
  const std::vector<ClassMeasures> measures = MeasuresOf({0, 3, 0,  //
                                                          0, 6, 0,  //
                                                          0, 0, 0},
                                                         3);
  EXPECT_FALSE(measures[0].precision.has_value());
  EXPECT_EQ(measures[0].recall, 0.0);
  EXPECT_DOUBLE_EQ(*measures[1].precision, 6.0 / 9.0);
  EXPECT_EQ(measures[1].recall, 1.0);
  EXPECT_FALSE(measures[2].precision.has_value());
  EXPECT_FALSE(measures[2].recall.has_value());
}

TEST(Confusion, ListsTheSurestMistakesInOrder) {
  const TrainedModel model = RandomModel(MlpSpec({7}), {4, 3});
  const data::Dataset dataset = RandomValidation(5000, {4, 3});
  ASSERT_OK_AND_ASSIGN(const Confusion all,
                       MakeConfusion(model, dataset, kValidation, 5000, "", Always));
  int64_t wrong = 0;
  for (size_t k = 0; k < 9; ++k) wrong += k % 4 == 0 ? 0 : all.counts[k];
  ASSERT_THAT(all.mistakes, SizeIs(static_cast<size_t>(wrong)));
  for (size_t i = 0; i + 1 < all.mistakes.size(); ++i) {
    const Mistake& a = all.mistakes[i];
    const Mistake& b = all.mistakes[i + 1];
    EXPECT_NE(a.true_label, a.predicted_label);
    EXPECT_TRUE(a.confidence > b.confidence ||
                (a.confidence == b.confidence &&
                 (a.score > b.score || (a.score == b.score && a.example < b.example))));
  }
  ASSERT_OK_AND_ASSIGN(const Confusion few,
                       MakeConfusion(model, dataset, kValidation, 3, "", Always));
  ASSERT_THAT(few.mistakes, SizeIs(3));
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(few.mistakes[i].example, all.mistakes[i].example);
  ASSERT_OK_AND_ASSIGN(const Confusion none,
                       MakeConfusion(model, dataset, kValidation, 0, "", Always));
  EXPECT_THAT(none.mistakes, IsEmpty());
}

TEST(Confusion, AgreesWithTheEvaluation) {
  const data::Dataset dataset = RandomValidation(5000, {4, 3});
  for (const ModelSpec& spec : AllSpecs()) {
    if (spec.kind == ModelKind::kPerceptron) continue;
    SCOPED_TRACE(NameOf(spec));
    const TrainedModel model = RandomModel(spec, {4, 3});
    ASSERT_OK_AND_ASSIGN(const Confusion confusion,
                         MakeConfusion(model, dataset, kValidation, 0, "", Always));
    ASSERT_OK_AND_ASSIGN(const Evaluation evaluation,
                         Evaluate(model, dataset, kValidation, "", Always));
    EXPECT_EQ(confusion.accuracy, evaluation.accuracy);
    EXPECT_NEAR(confusion.loss, evaluation.loss, 1e-6);
  }
}

TEST(Confusion, RefusesAnEmptySplitAndTooManyClasses) {
  EXPECT_THAT(MakeConfusion(Sign(), Points({1}, {1}), data::SplitKind::kTrain, 20, "", Always),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no train examples")));
  EXPECT_THAT(MakeConfusion(RandomModel(MultiperceptronSpec(), {1, 513}), Points({1}, {1}),
                            kValidation, 20, "", Always),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("at most 512 classes")));
}

TEST(Confusion, IsCancelledWhereNobodyWaits) {
  EXPECT_THAT(MakeConfusion(RandomModel(MlpSpec({7}), {4, 3}), RandomValidation(50, {4, 3}),
                            kValidation, 20, "", [] { return false; }),
              StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace percept::inspect
