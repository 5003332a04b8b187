#ifndef PERCEPT_TESTS_UNIT_ML_DATA_H_
#define PERCEPT_TESTS_UNIT_ML_DATA_H_

#include <cstdint>
#include <string>
#include <vector>

#include "server/base/examples.h"
#include "server/ml/kernels/kernels.h"
#include "server/ml/model.h"
#include "tests/unit/ml/oracle.h"

// Examples and models for the tests of server/ml.
namespace percept::ml {

// Random examples that exist as bytes, as floats and as the oracle's doubles.
class TestData {
 public:
  // `density` is the share of non-zero pixels; about every twelfth row and column is all zero.
  static TestData Pixels(int64_t count, int32_t inputs, int32_t classes, double density,
                         uint64_t seed);

  // Floats in [-2, 2), dense only.
  static TestData Floats(int64_t count, int32_t inputs, int32_t classes, uint64_t seed);

  // Rows of pixels.
  static TestData Bytes(int32_t inputs, const std::vector<uint8_t>& pixels,
                        std::vector<int32_t> labels);

  // The given rows of floats, dense only.
  static TestData Points(int32_t inputs, std::vector<float> floats, std::vector<int32_t> labels);

  // Views of the examples [first, first + count).
  Examples Dense(int64_t first, int64_t count) const;
  Examples Sparse(int64_t first, int64_t count) const;
  Examples Dense() const { return Dense(0, count()); }
  Examples Sparse() const { return Sparse(0, count()); }

  std::vector<oracle::Example> ForOracle(const std::vector<uint32_t>& rows) const;
  std::vector<oracle::Example> ForOracle() const;

  int64_t count() const { return static_cast<int64_t>(labels_.size()); }
  int32_t inputs() const { return inputs_; }
  std::vector<float>& floats() { return floats_; }

 private:
  int32_t inputs_ = 0;
  std::vector<float> floats_;
  std::vector<int32_t> labels_;
  std::vector<uint32_t> row_start_;
  std::vector<uint16_t> columns_;
  std::vector<uint8_t> values_;
};

// The rows [first, first + count).
std::vector<uint32_t> Rows(uint32_t first, uint32_t count);

ModelSpec MlpSpec(std::vector<int32_t> hidden_units, Activation activation = Activation::kTanh);

ModelSpec MultiperceptronSpec();
ModelSpec PerceptronSpec();

TrainingSpec TrainingBy(OptimizerKind optimizer, double weight_decay = 0.0);

// Makes a model, which must succeed.
std::unique_ptr<Model> MakeModel(const ModelSpec& spec, ModelShape shape, int32_t max_batch,
                                 const Kernels& kernels, uint64_t seed = 1,
                                 const TrainingSpec& training = {});

std::vector<char> ExportOf(const Model& model, const ModelSpec& spec, ModelShape shape);
std::vector<float> FloatsOf(const std::vector<char>& bytes);
Score EvaluationOf(const Model& model, const Examples& examples);

// An oracle with the parameters of `model`.
oracle::Network OracleOf(const Model& model, const ModelSpec& spec, ModelShape shape);

// The largest of ||a - b|| / ||b|| over the tensors, for a of `model` and b of `expected`.
double LargestTensorError(const Model& model, const ModelSpec& spec, ModelShape shape,
                          oracle::Network& expected);

// How a model and the oracle are compared while both train.
enum class Comparison {
  kAtTheEnd,    // Final parameters.
  kAtEachStep,  // Parameters after every step as well.
  // Parameters after every step, each of which the oracle takes from the model's parameters;
  // tensors may differ in proportion to their change, where that is larger than they are. For runs
  // that amplify what rounding makes of a number until nothing is left of it.
  kOneStepAtATime,
};

// Trains model and oracle side by side over `epochs`, in file order, and compares the score of each
// step, the parameters, and the evaluation of all examples. The last batch may be short.
struct ParallelTraining {
  ModelSpec model;
  TrainingSpec training;  // Learning rate, optimiser, batch size and epochs count.
  int32_t classes = 2;
  Comparison comparison = Comparison::kAtTheEnd;
};
void ExpectAgreement(const ParallelTraining& run, const TestData& data, const Examples& examples,
                     const Kernels& kernels);

// Those that this machine can run.
std::vector<InstructionSet> SupportedInstructionSets();

}  // namespace percept::ml

#endif  // PERCEPT_TESTS_UNIT_ML_DATA_H_
