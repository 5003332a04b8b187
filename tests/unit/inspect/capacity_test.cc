#include "server/inspect/capacity.h"

#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/inspect/models.h"

namespace percept::inspect {
namespace {

TEST(Capacity, OfTheNotebooksMlpIs50240In784To64) {
  const std::vector<LayerCapacity> layers =
      CapacityOf(MlpSpec({64}, Activation::kSigmoid), {784, 10});
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0].name, "linear0");
  EXPECT_EQ(layers[0].inputs, 784);
  EXPECT_EQ(layers[0].outputs, 64);
  EXPECT_EQ(layers[0].weights + layers[0].biases, 50'240);
  EXPECT_EQ(layers[0].activation, "sigmoid");
  EXPECT_EQ(layers[1].name, "linear1");
  EXPECT_EQ(layers[1].weights, 640);
  EXPECT_EQ(layers[1].biases, 10);
  EXPECT_EQ(layers[1].activation, "softmax");
}

TEST(Capacity, AddsUpToTheParametersOfEveryModel) {
  for (const ModelSpec& spec : AllSpecs()) {
    SCOPED_TRACE(NameOf(spec));
    int64_t sum = 0;
    for (const LayerCapacity& layer : CapacityOf(spec, {6, 2})) sum += layer.weights + layer.biases;
    EXPECT_EQ(sum, ml::ParameterCount(ml::ParameterLayout(spec, {6, 2})));
  }
}

TEST(Capacity, NamesWhatFollowsTheLinearModels) {
  EXPECT_EQ(CapacityOf(PerceptronSpec(), {3, 2})[0].activation, "step");
  EXPECT_EQ(CapacityOf(PerceptronSpec(), {3, 2})[0].name, "weight");
  EXPECT_EQ(CapacityOf(MultiperceptronSpec(), {3, 2})[0].activation, "tanh, softmax");
}

}  // namespace
}  // namespace percept::inspect
