// The gradient that a step of plain descent takes, against differences of the loss that evaluation
// finds: no formula of a derivative is trusted here, and no oracle.
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/random.h"
#include "tests/unit/ml/data.h"

namespace percept::ml {
namespace {

constexpr Activation kActivations[] = {Activation::kTanh, Activation::kSigmoid, Activation::kRelu,
                                       Activation::kGelu};

class Gradient : public testing::TestWithParam<InstructionSet> {
 protected:
  // Checks the derivative by every parameter, at parameters drawn for the purpose.
  void ExpectMatchesDifferences(const ModelSpec& spec, ModelShape shape, const TestData& data,
                                const Examples& examples) const {
    const auto model = MakeModel(spec, shape, static_cast<int32_t>(examples.count), kernels());
    const std::vector<float> at = DrawParameters(spec, shape);
    const std::vector<float> slopes = SlopesByDifferences(*model, examples, at);
    const auto rows = Rows(0, static_cast<uint32_t>(data.count()));
    Import(*model, at);
    model->TrainBatch(examples, rows, 1.0);
    const std::vector<float> after = FloatsOf(ExportOf(*model, spec, shape));
    double norm = 0.0;
    for (size_t i = 0; i < at.size(); ++i) {
      EXPECT_NEAR(at[i] - after[i], slopes[i], 5e-6) << "parameter " << i;
      norm += static_cast<double>(slopes[i]) * slopes[i];
    }
    EXPECT_GT(std::sqrt(norm), 0.03) << "too flat a place to test anything";
  }

  const Kernels& kernels() const { return KernelsFor(GetParam()); }

 private:
  static void Import(Model& model, const std::vector<float>& parameters) {
    std::vector<char> bytes(parameters.size() * sizeof(float));
    std::memcpy(bytes.data(), parameters.data(), bytes.size());
    model.ImportParameters(bytes);
  }

  // All parameters of one output have one sign. With positive inputs, no pre-activation of a
  // rectifier is then near its kink, where differences mean nothing.
  static std::vector<float> DrawParameters(const ModelSpec& spec, ModelShape shape) {
    Random random(31, Random::Stream::kGenerator);
    std::vector<float> parameters;
    for (const TensorInfo& tensor : ParameterLayout(spec, shape)) {
      const int64_t width = tensor.shape.size() > 1 ? tensor.shape[1] : 1;
      const float scale = 1.0f / std::sqrt(static_cast<float>(width));
      for (int64_t output = 0; output < tensor.shape[0]; ++output) {
        const float sign = output % 3 == 1 ? -1.0f : 1.0f;
        for (int64_t i = 0; i < width; ++i) {
          parameters.push_back(sign * scale * (0.3f + 0.7f * random.NextFloat()));
        }
      }
    }
    return parameters;
  }

  // Derivatives of the mean loss by differences of fourth order.
  static std::vector<float> SlopesByDifferences(Model& model, const Examples& examples,
                                                std::vector<float> at) {
    constexpr float kStep = 0.03125f;
    std::vector<float> slopes;
    const auto loss_at = [&](size_t i, float offset) {
      const float before = at[i];
      at[i] += offset;
      Import(model, at);
      at[i] = before;
      return EvaluationOf(model, examples).loss_sum / static_cast<double>(examples.count);
    };
    for (size_t i = 0; i < at.size(); ++i) {
      const double near = loss_at(i, kStep) - loss_at(i, -kStep);
      const double far = loss_at(i, 2 * kStep) - loss_at(i, -2 * kStep);
      slopes.push_back(static_cast<float>((8.0 * near - far) / (12.0 * kStep)));
    }
    return slopes;
  }
};

// Floats in [1, 2].
TestData PositiveFloats(int64_t count, int32_t inputs, int32_t classes) {
  TestData data = TestData::Floats(count, inputs, classes, 14);
  for (float& value : data.floats()) value = 1.5f + 0.25f * value;
  return data;
}

TEST_P(Gradient, OfSoftmaxCrossEntropyMatchesDifferencesThroughEachActivation) {
  const TestData data = PositiveFloats(64, 3, 3);
  for (const Activation activation : kActivations) {
    SCOPED_TRACE(static_cast<int>(activation));
    ExpectMatchesDifferences(MlpSpec({4}, activation), {3, 3}, data, data.Dense());
    ExpectMatchesDifferences(MlpSpec({4, 5}, activation), {3, 3}, data, data.Dense());
  }
}

TEST_P(Gradient, OfSoftmaxCrossEntropyMatchesDifferencesOnSparseInputs) {
  const TestData data = TestData::Pixels(64, 6, 3, 0.7, 15);
  for (const Activation activation : kActivations) {
    if (activation == Activation::kRelu) continue;  // A blank image lies on its kink.
    SCOPED_TRACE(static_cast<int>(activation));
    ExpectMatchesDifferences(MlpSpec({5}, activation), {6, 3}, data, data.Sparse());
  }
}

TEST_P(Gradient, OfTanhAndSoftmaxMatchesDifferences) {
  const TestData floats = TestData::Floats(64, 4, 3, 14);
  ExpectMatchesDifferences(MultiperceptronSpec(), {4, 3}, floats, floats.Dense());
  const TestData pixels = TestData::Pixels(64, 9, 4, 0.5, 16);
  ExpectMatchesDifferences(MultiperceptronSpec(), {9, 4}, pixels, pixels.Sparse());
  ExpectMatchesDifferences(MultiperceptronSpec(), {9, 4}, pixels, pixels.Dense());
}

INSTANTIATE_TEST_SUITE_P(, Gradient, testing::ValuesIn(SupportedInstructionSets()),
                         [](const testing::TestParamInfo<InstructionSet>& instruction_set) {
                           return "V" + std::to_string(static_cast<int>(instruction_set.param));
                         });

}  // namespace
}  // namespace percept::ml
