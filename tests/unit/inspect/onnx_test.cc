#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include "server/inspect/evaluate.h"
#include "server/inspect/export/export.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/inspect/models.h"
#include "tests/unit/inspect/onnx_interpreter.h"

namespace percept::inspect {
namespace {

using ::testing::ElementsAre;

constexpr ml::ModelShape kShape{6, 3};

// The perceptron knows two classes.
ml::ModelShape ShapeFor(const ModelSpec& spec) {
  return {kShape.inputs, spec.kind == ModelKind::kPerceptron ? 2 : kShape.classes};
}

onnx::ModelProto Exported(const TrainedModel& model) {
  const absl::StatusOr<std::string> file = ExportOnnx(model);
  EXPECT_OK(file);
  onnx::ModelProto parsed;
  EXPECT_TRUE(parsed.ParseFromString(*file));
  return parsed;
}

class ExportOnnxOf : public ::testing::TestWithParam<ModelSpec> {
 protected:
  const ml::ModelShape shape_ = ShapeFor(GetParam());
  const TrainedModel model_ = RandomModel(GetParam(), shape_);
};

INSTANTIATE_TEST_SUITE_P(, ExportOnnxOf, ::testing::ValuesIn(AllSpecs()),
                         [](const auto& test) { return NameOf(test.param); });

TEST_P(ExportOnnxOf, IsAValidModel) {
  onnx::ModelProto file = Exported(model_);
  EXPECT_EQ(file.ir_version(), 8);
  ASSERT_EQ(file.opset_import_size(), 1);
  EXPECT_EQ(file.opset_import(0).version(), 17);
  EXPECT_EQ(file.producer_name(), "percept");
  EXPECT_FALSE(file.has_producer_version());
  EXPECT_NO_THROW(onnx::checker::check_model(file));
  const onnx::ShapeInferenceOptions strict(/*check_type=*/true, /*strict_mode=*/1);
  EXPECT_NO_THROW(
      onnx::shape_inference::InferShapes(file, onnx::OpSchemaRegistry::Instance(), strict));
}

TEST_P(ExportOnnxOf, DeclaresInputsAndProbabilities) {
  const onnx::ModelProto file = Exported(model_);
  const onnx::GraphProto& graph = file.graph();
  ASSERT_EQ(graph.input_size(), 1);
  ASSERT_EQ(graph.output_size(), 1);
  EXPECT_EQ(graph.input(0).name(), "inputs");
  EXPECT_EQ(graph.output(0).name(), "probabilities");
  EXPECT_EQ(graph.input(0).type().tensor_type().shape().dim(0).dim_param(), "N");
  EXPECT_EQ(graph.input(0).type().tensor_type().shape().dim(1).dim_value(), shape_.inputs);
  EXPECT_EQ(graph.output(0).type().tensor_type().shape().dim(0).dim_param(), "N");
  EXPECT_EQ(graph.output(0).type().tensor_type().shape().dim(1).dim_value(), shape_.classes);
}

TEST_P(ExportOnnxOf, HoldsTheTensorsAsInitializers) {
  std::string numbers;
  std::vector<std::string> names;
  const onnx::ModelProto file = Exported(model_);
  for (const onnx::TensorProto& tensor : file.graph().initializer()) {
    names.push_back(tensor.name());
    numbers += tensor.raw_data();
  }
  std::vector<std::string> expected;
  for (const ml::TensorInfo& tensor : model_.layout()) expected.push_back(tensor.name);
  EXPECT_EQ(names, expected);
  EXPECT_EQ(numbers, *model_.parameters);
}

// The labels of the data are random, so that the loss sees every probability.
TEST_P(ExportOnnxOf, GivesTheAccuracyAndTheLossOfTheModel) {
  const data::Dataset dataset = RandomValidation(200, shape_);
  const data::Split& split = dataset.split(data::SplitKind::kValidation);
  const onnx::ModelProto file = Exported(model_);
  const Matrix probabilities =
      Interpret(file.graph(), {200, shape_.inputs, {split.dense.begin(), split.dense.end()}});
  ASSERT_EQ(probabilities.rows, 200);
  ASSERT_EQ(probabilities.columns, shape_.classes);
  int correct = 0;
  double loss = 0.0;
  for (int64_t row = 0; row < probabilities.rows; ++row) {
    const auto begin = probabilities.numbers.begin() + row * probabilities.columns;
    const auto best = std::max_element(begin, begin + probabilities.columns);
    if (best - begin == split.labels[row]) ++correct;
    loss -= std::log(*(begin + split.labels[row]));
  }

  ASSERT_OK_AND_ASSIGN(const Evaluation expected,
                       Evaluate(model_, dataset, data::SplitKind::kValidation, "", Always));
  EXPECT_EQ(correct / 200.0, expected.accuracy);
  EXPECT_GT(expected.accuracy, 0.1);
  if (GetParam().kind != ModelKind::kPerceptron) {
    EXPECT_NEAR(loss / 200.0, expected.loss, 1e-5);
  }
}

TEST(ExportOnnx, TakesZeroForAPositivePerceptronScore) {
  const TrainedModel model{
      PerceptronSpec(), {1, 2}, std::make_shared<const std::string>(8, '\0')};  // w = 0
  const onnx::ModelProto file = Exported(model);
  const Matrix probabilities = Interpret(file.graph(), {1, 1, {5.0}});
  EXPECT_THAT(probabilities.numbers, ElementsAre(0.0, 1.0));
}

TEST(ExportOnnx, GivesTheSameBytesForTheSameModel) {
  const TrainedModel model = RandomModel(MlpSpec({7, 4}, Activation::kGelu), kShape);
  ASSERT_OK_AND_ASSIGN(const std::string first, ExportOnnx(model));
  ASSERT_OK_AND_ASSIGN(const std::string second, ExportOnnx(model));
  EXPECT_EQ(first, second);
}

}  // namespace
}  // namespace percept::inspect
