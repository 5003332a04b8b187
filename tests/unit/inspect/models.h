#ifndef PERCEPT_TESTS_UNIT_INSPECT_MODELS_H_
#define PERCEPT_TESTS_UNIT_INSPECT_MODELS_H_

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "server/data/dataset.h"
#include "server/inspect/trained_model.h"

// Models and data for the tests of server/inspect.
namespace percept {

// Such as `Perceptron` or `Mlp2Gelu`, with the number of hidden layers.
std::string NameOf(const ModelSpec& spec);
void PrintTo(const ModelSpec& spec, std::ostream* out);

}  // namespace percept

namespace percept::inspect {

ModelSpec PerceptronSpec();
ModelSpec MultiperceptronSpec();
ModelSpec MlpSpec(std::vector<int32_t> hidden_units, Activation activation = Activation::kTanh);

// One of each kind, and an MLP of two hidden layers with each activation.
std::vector<ModelSpec> AllSpecs();

// Lets every question go on.
inline bool Always() { return true; }

// A model with these parameters, in the order of its layout.
template <typename Number>
TrainedModel ModelOf(const ModelSpec& spec, ml::ModelShape shape,
                     const std::vector<Number>& parameters) {
  return {spec, shape,
          std::make_shared<const std::string>(reinterpret_cast<const char*>(parameters.data()),
                                              parameters.size() * sizeof(Number))};
}

// A model whose parameters are random numbers in [-1, 1).
TrainedModel RandomModel(const ModelSpec& spec, ml::ModelShape shape);

// A model of one input in which the first step from `kCalmInput`, of class 0, towards class 1 leads
// out of the finite numbers.
TrainedModel ExplosiveModel();
inline constexpr double kCalmInput = 1e-200;

// p(1) = 1 / (1 + exp(-2 x)) for x above -10.
TrainedModel LogisticModel();

// Validation examples with inputs in [-2, 2) and random labels, and nothing else.
data::Dataset RandomValidation(int64_t examples, ml::ModelShape shape);

}  // namespace percept::inspect

#endif  // PERCEPT_TESTS_UNIT_INSPECT_MODELS_H_
