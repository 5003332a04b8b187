#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/inspect/attack_view.h"
#include "client/cli/inspect/batch_view.h"
#include "client/cli/inspect/boundary_view.h"
#include "client/cli/inspect/capacity_view.h"
#include "client/cli/inspect/confusion_view.h"
#include "client/cli/inspect/decision_regions.h"
#include "client/cli/inspect/explore_view.h"
#include "client/cli/inspect/latent_view.h"
#include "client/cli/inspect/uncertainty_view.h"
#include "client/cli/inspect/weights_view.h"
#include "client/cli/predict_view.h"
#include "tests/unit/client/view_checks.h"

namespace percept::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kJob[] = "jobs/7f3k9m2p0q";

// Class 1 in the upper half.
v1::DecisionGridResponse MakeGrid() {
  v1::DecisionGridResponse grid;
  grid.set_snapshot_index(12);
  grid.mutable_x_range()->set_min(-2);
  grid.mutable_x_range()->set_max(2);
  grid.mutable_y_range()->set_min(0);
  grid.mutable_y_range()->set_max(10);
  grid.set_columns(4);
  grid.set_rows(2);
  grid.set_labels(std::string("\0\0\0\0\1\1\1\1", 8));
  grid.set_confidence(std::string(8, '\xC0'));
  grid.set_classes(2);
  grid.set_x_input(0);
  grid.set_y_input(1);
  return grid;
}

Points MakePoints() {
  Points points;
  points.inputs = 2;
  points.values = {-1, 2, 1, 8, 0, 5};
  points.labels = {0, 1, 1};
  points.indices = {0, 1, 2};
  points.split = v1::SPLIT_VALIDATION;
  return points;
}

v1::ImageShape Shape(int height, int width, int channels = 1) {
  v1::ImageShape shape;
  shape.set_height(height);
  shape.set_width(width);
  shape.set_channels(channels);
  return shape;
}

v1::Prediction MakePrediction(int label, int true_label, int64_t index) {
  v1::Prediction prediction;
  prediction.set_label(label);
  for (int k = 0; k < 2; ++k) prediction.add_probabilities(k == label ? 0.75f : 0.25f);
  prediction.set_true_label(true_label);
  prediction.set_example_index(index);
  return prediction;
}

TEST(BoundaryView, ShowsRegionsPointsAndLines) {
  Boundary boundary = {kJob, MakeGrid(), MakePoints(), "3 points of the validation split"};
  v1::BoundaryLine& line = *boundary.grid.add_lines();
  line.set_label(1);
  line.set_weight_y(1);
  line.set_offset(-5);
  ExpectFits([&](const Page& page) { return RenderBoundary(boundary, page); });
  const std::string text = RenderBoundary(boundary, PlainPage());
  EXPECT_THAT(text, HasSubstr("jobs/7f3k9m2p0q  snapshot 12\n"));
  EXPECT_THAT(text, HasSubstr("x0 to the right, x1 upwards; 3 points of the validation split\n"));
  EXPECT_THAT(text, HasSubstr("line of o class 1: 0 x0 + 1 x1 - 5 = 0\n"));
  EXPECT_LT(text.find("::::"), text.find("...."));  // Class 1 is above class 0.
  ExpectDrawn(DrawBoundary(boundary, "title"));
  boundary.points = Points();
  boundary.points_name = "";
  EXPECT_THAT(RenderBoundary(boundary, PlainPage()), HasSubstr("x1 upwards\n"));
  boundary = {kJob, MakeGrid(), MakePoints(), "3 points", /*rings_points=*/true};
  ExpectDrawn(DrawBoundary(boundary, "title"));
}

TEST(DecisionRegions, FindTheCellOfAPosition) {
  const v1::DecisionGridResponse grid = MakeGrid();
  EXPECT_EQ(LabelAt(grid, 0, 1), 0);
  EXPECT_EQ(LabelAt(grid, 0, 9), 1);
  EXPECT_EQ(LabelAt(grid, 99, 99), 1);
  EXPECT_EQ(LabelAt(grid, -99, -99), 0);
}

TEST(DecisionRegions, RefuseGridsOfAnotherSize) {
  EXPECT_TRUE(CheckGrid(MakeGrid()).ok());
  v1::DecisionGridResponse grid = MakeGrid();
  grid.set_columns(5);
  EXPECT_EQ(CheckGrid(grid).code(), absl::StatusCode::kInternal);
  grid = MakeGrid();
  grid.mutable_confidence()->pop_back();
  EXPECT_EQ(CheckGrid(grid).code(), absl::StatusCode::kInternal);
  grid = MakeGrid();
  grid.mutable_x_range()->set_max(-2);
  EXPECT_EQ(CheckGrid(grid).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(CheckGrid({}).code(), absl::StatusCode::kInternal);
}

v1::LatentResponse MakeLatent(int units) {
  v1::LatentResponse response;
  response.set_units(units);
  response.mutable_activation_range()->set_min(-1);
  response.mutable_activation_range()->set_max(1);
  for (int i = 0; i < 20; ++i) {
    *response.add_example_predictions() = MakePrediction(i % 2, i % 2, i);
    for (int h = 0; h < units; ++h) {
      response.add_example_activations(static_cast<float>(std::sin(i + h)));
    }
  }
  for (int label = 0; label < 2; ++label) {
    v1::DecisionPlane& plane = *response.add_planes();
    plane.set_label(label);
    for (int h = 0; h < units; ++h) plane.add_weights(label == 0 ? 1.0f : -0.5f);
    plane.set_offset(0.25);
  }
  return response;
}

TEST(LatentView, ShowsSpacesOfAnyDimension) {
  for (const int units : {1, 2, 3, 5}) {
    const v1::LatentResponse response = MakeLatent(units);
    ASSERT_TRUE(CheckLatent(response).ok());
    ExpectFits([&](const Page& page) { return RenderLatent(kJob, response, page); });
    ExpectDrawn(DrawLatent(kJob, response, {}));
  }
  const std::string text = RenderLatent(kJob, MakeLatent(3), PlainPage());
  EXPECT_THAT(text, HasSubstr("hidden layer 0, 3 units\nh0 to the right, h1 upwards\n"));
  EXPECT_THAT(text, HasSubstr("plane of + class 0: 1 h0 + 1 h1 + 1 h2 + 0.25 = 0\n"));
  EXPECT_THAT(text, HasSubstr("... and 10 more\n"));
}

TEST(LatentView, ShowsAProjectionWithWhatItHolds) {
  v1::LatentResponse response = MakeLatent(3);
  v1::Projection& projection = *response.mutable_projection();
  projection.set_components(3);
  projection.mutable_example_coordinates()->Swap(response.mutable_example_activations());
  for (const double share : {0.5, 0.25, 0.1}) projection.add_variance_shares(share);
  response.set_units(64);
  response.clear_planes();
  ASSERT_TRUE(CheckLatent(response).ok());
  EXPECT_THAT(RenderLatent(kJob, response, PlainPage()),
              HasSubstr("64 units, on 3 principal components with 85 % of the variance\nPC1"));
  ExpectDrawn(DrawLatent(kJob, response, {.azimuth = 200, .elevation = -10}));
}

TEST(LatentView, RefusesOtherNumbersOfActivationsThanSaid) {
  v1::LatentResponse response = MakeLatent(3);
  response.add_example_activations(0);
  EXPECT_EQ(CheckLatent(response).code(), absl::StatusCode::kInternal);
  response = MakeLatent(3);
  response.mutable_planes(0)->add_weights(1);
  EXPECT_EQ(CheckLatent(response).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(CheckLatent({}).code(), absl::StatusCode::kInternal);
}

v1::WeightImagesResponse MakeWeights(int units, const v1::ImageShape& shape) {
  v1::WeightImagesResponse response;
  *response.mutable_shape() = shape;
  response.set_units(64);
  for (int unit = 0; unit < units; ++unit) {
    v1::WeightImage& image = *response.add_images();
    image.set_unit(unit);
    image.set_bias(0.5f);
    const int weights = shape.height() * shape.width() * shape.channels();
    for (int i = 0; i < weights; ++i) {
      image.add_weights(static_cast<float>(std::sin(i + unit)) * 0.25f);
    }
  }
  return response;
}

TEST(WeightsView, ShowsUnitsOnOneScale) {
  const v1::WeightImagesResponse response = MakeWeights(10, Shape(28, 28));
  ASSERT_TRUE(CheckWeights(response).ok());
  ExpectFits([&](const Page& page) { return RenderWeights(kJob, response, page); });
  const std::string text = RenderWeights(kJob, response, PlainPage());
  EXPECT_THAT(text, HasSubstr("layer 0, units 0 to 9 of 64, 28 x 28 weights each\n"));
  EXPECT_THAT(text, HasSubstr("down to -0.25 and up to 0.25\n"));
  EXPECT_THAT(text, HasSubstr("unit 1, bias 0.5"));
  ExpectDrawn(DrawWeights(kJob, response));
  ExpectDrawn(DrawWeights(kJob, MakeWeights(1, Shape(1, 7))));
  ExpectDrawn(DrawWeights(kJob, MakeWeights(300, Shape(4, 4, 3))));
}

TEST(WeightsView, RefusesPicturesOfAnotherShape) {
  v1::WeightImagesResponse response = MakeWeights(2, Shape(2, 2));
  response.mutable_images(1)->add_weights(0);
  EXPECT_EQ(CheckWeights(response).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(CheckWeights({}).code(), absl::StatusCode::kInternal);
}

v1::BatchResponse MakeBatch(int examples, int inputs) {
  v1::BatchResponse response;
  response.set_batch_size(100);
  for (int i = 0; i < examples; ++i) {
    *response.add_predictions() = MakePrediction(i % 2, 0, 1000 + i);
    for (int d = 0; d < inputs; ++d) response.add_inputs(0.01f * static_cast<float>(d % 100));
  }
  return response;
}

TEST(BatchView, ShowsATableOfNumbers) {
  const v1::BatchResponse response = MakeBatch(3, 13);
  ASSERT_TRUE(CheckBatch(response).ok());
  ExpectFits([&](const Page& page) { return RenderBatch(kJob, response, page); });
  const std::string text = RenderBatch(kJob, response, PlainPage());
  EXPECT_THAT(text, HasSubstr("3 of the batch's 100 examples\n"));
  EXPECT_THAT(text, HasSubstr("1,001      0          1       0.750"));
  EXPECT_THAT(text, HasSubstr("... and inputs to x12\n"));
  ExpectDrawn(DrawBatch(kJob, response));
}

TEST(BatchView, ShowsPicturesWithWhatTheyAreTakenFor) {
  v1::BatchResponse response = MakeBatch(20, 784);
  *response.mutable_image_shape() = Shape(28, 28);
  ExpectFits([&](const Page& page) { return RenderBatch(kJob, response, page); });
  EXPECT_THAT(RenderBatch(kJob, response, PlainPage()), HasSubstr("1001: 0 taken for 1"));
  ExpectDrawn(DrawBatch(kJob, response));
}

TEST(BatchView, SaysThatThereIsNone) {
  const v1::BatchResponse response;
  EXPECT_TRUE(CheckBatch(response).ok());
  EXPECT_THAT(RenderBatch(kJob, response, PlainPage()), HasSubstr("no batch"));
  ExpectDrawn(DrawBatch(kJob, response));
  v1::BatchResponse odd = MakeBatch(3, 2);
  odd.add_inputs(1);
  EXPECT_EQ(CheckBatch(odd).code(), absl::StatusCode::kInternal);
}

Confusion MakeConfusion(int classes) {
  Confusion confusion;
  confusion.job = kJob;
  v1::ConfusionMatrixResponse& response = confusion.response;
  response.set_classes(classes);
  response.set_split(v1::SPLIT_VALIDATION);
  response.set_accuracy(0.9);
  response.set_loss(0.3);
  for (int truth = 0; truth < classes; ++truth) {
    for (int k = 0; k < classes; ++k) response.add_counts(truth == k ? 1000 : (truth + k) % 2);
    v1::ClassMeasures& measures = *response.add_class_measures();
    measures.set_label(truth);
    if (truth > 0) measures.set_precision(0.987);
    measures.set_recall(0.876);
  }
  for (int i = 0; i < 3; ++i) {
    v1::Mistake& mistake = *response.add_mistakes();
    mistake.set_example_index(1234 + i);
    mistake.set_true_label(0);
    mistake.set_predicted_label(1);
    mistake.set_confidence(0.999f);
  }
  return confusion;
}

TEST(ConfusionView, ShowsCountsPrecisionRecallAndMistakes) {
  for (const int classes : {2, 10, 30, 60}) {
    const Confusion confusion = MakeConfusion(classes);
    ASSERT_TRUE(CheckConfusion(confusion.response).ok());
    ExpectFits([&](const Page& page) { return RenderConfusion(confusion, page); });
    ExpectDrawn(DrawConfusion(confusion));
  }
  const std::string text = RenderConfusion(MakeConfusion(2), PlainPage());
  EXPECT_THAT(text,
              HasSubstr("accuracy 0.900, loss 0.300, 2,002 examples of the validation split"));
  EXPECT_THAT(text, HasSubstr("   0  1,000      1          -   0.876\n"));
  EXPECT_THAT(text, HasSubstr("   1      1  1,000      0.987   0.876\n"));
  EXPECT_THAT(text, HasSubstr("1,234     0          1       0.999\n"));
}

TEST(ConfusionView, ShowsMistakesAsPictures) {
  Confusion confusion = MakeConfusion(10);
  confusion.shape = Shape(28, 28);
  confusion.mistakes.inputs = 784;
  confusion.mistakes.values.assign(3 * 784, 0.5f);
  confusion.mistakes.labels = {0, 0, 0};
  ExpectDrawn(DrawConfusion(confusion));
}

TEST(ConfusionView, RefusesAMatrixOfAnotherSize) {
  v1::ConfusionMatrixResponse response = MakeConfusion(3).response;
  response.add_counts(1);
  EXPECT_EQ(CheckConfusion(response).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(CheckConfusion({}).code(), absl::StatusCode::kInternal);
}

v1::CapacityResponse MakeCapacity() {
  v1::CapacityResponse response;
  const auto add = [&](const std::string& name, int inputs, int outputs, const std::string& after) {
    v1::LayerCapacity& layer = *response.add_layers();
    layer.set_name(name);
    layer.set_inputs(inputs);
    layer.set_outputs(outputs);
    layer.set_weights(int64_t{inputs} * outputs);
    layer.set_biases(outputs);
    layer.set_activation(after);
  };
  add("linear0", 784, 64, "tanh");
  add("linear1", 64, 10, "softmax");
  response.set_parameter_count(50890);
  response.set_parameter_bytes(203560);
  response.set_training_examples(60000);
  *response.mutable_image_shape() = Shape(28, 28);
  return response;
}

TEST(CapacityView, CountsParametersByLayer) {
  const v1::CapacityResponse response = MakeCapacity();
  ExpectFits([&](const Page&) { return RenderCapacity(kJob, response); });
  const std::string text = RenderCapacity(kJob, response);
  EXPECT_THAT(text,
              HasSubstr("linear0     784       64  tanh         50,176      64      50,240\n"));
  EXPECT_THAT(text, HasSubstr("50,890 parameters, 199 KiB; 60,000 training examples, 0.848 param"));
  ExpectDrawn(DrawCapacity(kJob, response));
}

TEST(DiagramView, NamesWidthsAndActivations) {
  const v1::CapacityResponse response = MakeCapacity();
  ExpectFits([&](const Page& page) { return RenderDiagram(kJob, response, page); });
  const std::string text = RenderDiagram(kJob, response, PlainPage());
  EXPECT_THAT(text, HasSubstr("784-64-10\n"));
  EXPECT_THAT(text, HasSubstr("784 inputs, 28 x 28\n"));
  EXPECT_THAT(text, HasSubstr("linear0: 784 x 64 weights, 64 biases\n"));
  EXPECT_THAT(text, HasSubstr("[o o o o o o o o o o]  10 outputs\n    |   softmax\n"));
  ExpectDrawn(DrawDiagram(kJob, response));
}

TEST(UncertaintyView, ShowsProbabilitiesOnTheWay) {
  Slide slide = {kJob, MakeGrid(), {{0, 1}, {0.5, 5}, {1, 9}}, {}};
  for (int i = 0; i < 3; ++i) *slide.response.add_predictions() = MakePrediction(i / 2, 0, i);
  ASSERT_TRUE(CheckSlide(slide).ok());
  ExpectFits([&](const Page& page) { return RenderSlide(slide, page); });
  const std::string text = RenderSlide(slide, PlainPage());
  EXPECT_THAT(text, HasSubstr("0.500  5.000  ++++"));
  EXPECT_THAT(text, HasSubstr("  0.750  0.250\n"));
  ExpectDrawn(DrawSlide(slide));
  slide.response.mutable_predictions()->RemoveLast();
  EXPECT_EQ(CheckSlide(slide).code(), absl::StatusCode::kInternal);
}

Exploration MakeExploration(int inputs) {
  Exploration exploration;
  exploration.job = kJob;
  exploration.target_label = 1;
  for (int i = 0; i <= 10; ++i) {
    v1::ExploreStep& step = *exploration.response.add_steps();
    step.set_step(i);
    for (int d = 0; d < inputs; ++d) step.add_inputs(0.1f * static_cast<float>(i));
    step.add_probabilities(1 - 0.1f * static_cast<float>(i));
    step.add_probabilities(0.1f * static_cast<float>(i));
  }
  exploration.response.mutable_result()->set_flip_step(6);
  exploration.response.mutable_result()->set_steps(10);
  exploration.response.mutable_result()->set_final_label(1);
  return exploration;
}

TEST(ExploreView, ShowsThePathAndBothProbabilities) {
  Exploration exploration = MakeExploration(2);
  exploration.grid = MakeGrid();
  exploration.latent = MakeLatent(3);
  ASSERT_TRUE(CheckExploration(exploration).ok());
  ExpectFits([&](const Page& page) { return RenderExploration(exploration, page); });
  const std::string text = RenderExploration(exploration, PlainPage());
  EXPECT_THAT(text, HasSubstr("from class 0 to class 1: class 1 leads from step 6 on; 10 steps"));
  EXPECT_THAT(text, HasSubstr("o class 1       0.000"));
  EXPECT_THAT(text, HasSubstr("  10    1.0000    1.0000  0.000  1.000\n"));
  ExpectDrawn(DrawExploration(exploration));
  exploration.grid.reset();
  exploration.latent.reset();
  exploration.response.mutable_result()->clear_flip_step();
  EXPECT_THAT(RenderExploration(exploration, PlainPage()),
              HasSubstr("class 1 did not lead within 10 steps"));
  ExpectDrawn(DrawExploration(exploration));
}

TEST(ExploreView, ShowsWhatChangedInAPicture) {
  Exploration exploration = MakeExploration(784);
  *exploration.response.mutable_image_shape() = Shape(28, 28);
  ExpectFits([&](const Page& page) { return RenderExploration(exploration, page); });
  EXPECT_THAT(RenderExploration(exploration, PlainPage()), HasSubstr("difference, +-0.3"));
  ExpectDrawn(DrawExploration(exploration));
}

TEST(ExploreView, RefusesStepsOfAnotherSize) {
  Exploration exploration = MakeExploration(2);
  exploration.response.mutable_steps(3)->add_inputs(1);
  EXPECT_EQ(CheckExploration(exploration).code(), absl::StatusCode::kInternal);
  exploration = MakeExploration(2);
  exploration.target_label = 2;
  EXPECT_EQ(CheckExploration(exploration).code(), absl::StatusCode::kInternal);
  exploration = MakeExploration(1);
  exploration.grid = MakeGrid();
  EXPECT_EQ(CheckExploration(exploration).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(CheckExploration({}).code(), absl::StatusCode::kInternal);
}

AttackRun MakeAttack(int inputs) {
  AttackRun attack = {kJob, 9, {}};
  for (int i = 0; i <= 40; ++i) {
    v1::AttackStep& step = *attack.response.add_steps();
    step.set_step(i);
    step.set_target_probability(0.02f * static_cast<float>(i));
    step.set_original_probability(1 - 0.02f * static_cast<float>(i));
  }
  v1::AttackResult& result = *attack.response.mutable_result();
  result.set_succeeded(true);
  result.set_original_label(4);
  result.set_final_label(9);
  result.set_steps(40);
  result.set_rms_difference(0.0712);
  for (int i = 0; i < inputs; ++i) {
    result.add_original_inputs(0.5f);
    result.add_difference(i % 2 == 0 ? -0.25f : 0.125f);
  }
  return attack;
}

TEST(AttackView, ShowsThreePicturesAndBothProbabilities) {
  AttackRun attack = MakeAttack(784);
  *attack.response.mutable_image_shape() = Shape(28, 28);
  ASSERT_TRUE(CheckAttack(attack).ok());
  ExpectFits([&](const Page& page) { return RenderAttack(attack, page); });
  const std::string text = RenderAttack(attack, PlainPage());
  EXPECT_THAT(text, HasSubstr("from class 4 to class 9: taken for 9 after 40 steps, changed by "
                              "0.0712 (RMS)\n"));
  EXPECT_THAT(text, HasSubstr("seen as 4"));
  ExpectDrawn(DrawAttack(attack));
}

TEST(AttackView, ShowsATableOfNumbers) {
  AttackRun attack = MakeAttack(2);
  attack.response.mutable_result()->set_succeeded(false);
  ExpectFits([&](const Page& page) { return RenderAttack(attack, page); });
  const std::string text = RenderAttack(attack, PlainPage());
  EXPECT_THAT(text, HasSubstr("no success within 40 steps; it is taken for 9\n"));
  EXPECT_THAT(text, HasSubstr("x0     0.5000  0.2500  -0.2500\n"));
  ExpectDrawn(DrawAttack(attack));
  attack.response.mutable_result()->add_difference(1);
  EXPECT_EQ(CheckAttack(attack).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(CheckAttack({}).code(), absl::StatusCode::kInternal);
}

v1::PredictResponse MakePredictions(int count) {
  v1::PredictResponse response;
  response.set_snapshot_index(33);
  for (int i = 0; i < count; ++i) *response.add_predictions() = MakePrediction(1, i % 2, i);
  return response;
}

TEST(PredictView, ShowsOneExampleAsATableOfLabels) {
  v1::PredictResponse response = MakePredictions(1);
  ASSERT_TRUE(CheckPredictions(response).ok());
  ExpectFits([&](const Page& page) { return RenderPredictions(kJob, response, page); });
  const std::string text = RenderPredictions(kJob, response, PlainPage());
  EXPECT_THAT(text, HasSubstr("LABEL  CONFIDENCE\n    1       0.750  ##################------\n"
                              "    0       0.250  ######------------------\nit is + class 0\n"));
  ExpectDrawn(DrawPredictions(kJob, response));
  response.mutable_predictions(0)->clear_true_label();
  EXPECT_THAT(RenderPredictions(kJob, response, PlainPage()), Not(HasSubstr("it is")));
}

TEST(PredictView, ShowsAPictureAsTheModelSawItWithWhatWasDone) {
  v1::PredictResponse response = MakePredictions(1);
  *response.mutable_image_shape() = Shape(28, 28);
  for (int i = 0; i < 784; ++i) response.add_image_inputs(0.5f);
  response.mutable_image_preparation()->add_steps("Its colours were made grey.");
  ASSERT_TRUE(CheckPredictions(response).ok());
  ExpectFits([&](const Page& page) { return RenderPredictions(kJob, response, page); });
  const std::string text = RenderPredictions(kJob, response, PlainPage());
  EXPECT_THAT(text, HasSubstr("as the model sees it\n"));
  EXPECT_THAT(text, HasSubstr("  Its colours were made grey.\n"));
  ExpectDrawn(DrawPredictions(kJob, response));
  response.add_image_inputs(0);
  EXPECT_EQ(CheckPredictions(response).code(), absl::StatusCode::kInternal);
}

TEST(PredictView, ShowsSeveralExamplesInARowEach) {
  const v1::PredictResponse response = MakePredictions(60);
  ExpectFits([&](const Page& page) { return RenderPredictions(kJob, response, page); });
  const std::string text = RenderPredictions(kJob, response, PlainPage());
  EXPECT_THAT(text, HasSubstr("INDEX  LABEL  CONFIDENCE  SECOND    TRUE\n"
                              "    0      1       0.750  0, 0.250     0\n"));
  EXPECT_THAT(text, HasSubstr("... and 10 more, which --json has\n"));
  ExpectDrawn(DrawPredictions(kJob, response));
}

TEST(PredictView, RefusesPredictionsWithoutTheirProbability) {
  v1::PredictResponse response = MakePredictions(1);
  response.mutable_predictions(0)->set_label(2);
  EXPECT_EQ(CheckPredictions(response).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(CheckPredictions({}).code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace percept::cli
