#include "tests/unit/inspect/models.h"

#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/random.h"

namespace percept {

std::string NameOf(const ModelSpec& spec) {
  if (spec.kind == ModelKind::kPerceptron) return "Perceptron";
  if (spec.kind == ModelKind::kMultiperceptron) return "Multiperceptron";
  constexpr const char* kActivations[] = {"", "Tanh", "Sigmoid", "Relu", "Gelu"};
  return absl::StrCat("Mlp", spec.hidden_units.size(),
                      kActivations[static_cast<int>(spec.activation)]);
}

void PrintTo(const ModelSpec& spec, std::ostream* out) { *out << NameOf(spec); }

}  // namespace percept

namespace percept::inspect {
namespace {

template <typename T>
void AppendRandom(int64_t count, Random& random, std::string& bytes) {
  for (int64_t i = 0; i < count; ++i) {
    const T value = static_cast<T>(2.0 * random.NextDouble() - 1.0);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
}

}  // namespace

ModelSpec PerceptronSpec() {
  ModelSpec spec;
  spec.kind = ModelKind::kPerceptron;
  return spec;
}

ModelSpec MultiperceptronSpec() {
  ModelSpec spec;
  spec.kind = ModelKind::kMultiperceptron;
  return spec;
}

ModelSpec MlpSpec(std::vector<int32_t> hidden_units, Activation activation) {
  ModelSpec spec;
  spec.hidden_units = std::move(hidden_units);
  spec.activation = activation;
  return spec;
}

std::vector<ModelSpec> AllSpecs() {
  std::vector<ModelSpec> specs = {PerceptronSpec(), MultiperceptronSpec(), MlpSpec({5})};
  for (const Activation activation :
       {Activation::kTanh, Activation::kSigmoid, Activation::kRelu, Activation::kGelu}) {
    specs.push_back(MlpSpec({7, 4}, activation));
  }
  return specs;
}

TrainedModel RandomModel(const ModelSpec& spec, ml::ModelShape shape) {
  std::string bytes;
  Random random(17, Random::Stream::kInitialization);
  for (const ml::TensorInfo& tensor : ml::ParameterLayout(spec, shape)) {
    if (tensor.is_float32()) {
      AppendRandom<float>(tensor.size_bytes() / 4, random, bytes);
    } else {
      AppendRandom<double>(tensor.size_bytes() / 8, random, bytes);
    }
  }
  return {spec, shape, std::make_shared<const std::string>(std::move(bytes))};
}

TrainedModel ExplosiveModel() {
  constexpr float kHuge = 1e38f;
  return ModelOf<float>(MlpSpec({1, 1, 1, 1}, Activation::kRelu), {1, 2},
                        {kHuge, 0, kHuge, 0, kHuge, 0, kHuge, 0, -kHuge, kHuge, kHuge, -kHuge});
}

TrainedModel LogisticModel() {
  return ModelOf<float>(MlpSpec({1}, Activation::kRelu), {1, 2}, {1, 10, -1, 1, 10, -10});
}

data::Dataset RandomValidation(int64_t examples, ml::ModelShape shape) {
  data::Dataset dataset;
  dataset.inputs = shape.inputs;
  dataset.classes = shape.classes;
  data::Split& split = dataset.split(data::SplitKind::kValidation);
  split.examples = examples;
  Random random(18, Random::Stream::kGenerator);
  for (int64_t i = 0; i < examples * shape.inputs; ++i) {
    split.dense.push_back(4.0f * random.NextFloat() - 2.0f);
  }
  for (int64_t n = 0; n < examples; ++n) {
    split.labels.push_back(static_cast<int32_t>(random.NextBelow(shape.classes)));
  }
  return dataset;
}

}  // namespace percept::inspect
