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

// Makes a model, which must succeed.
std::unique_ptr<Model> MakeModel(const ModelSpec& spec, ModelShape shape, int32_t max_batch,
                                 const Kernels& kernels, uint64_t seed = 1);

std::vector<char> ExportOf(const Model& model, const ModelSpec& spec, ModelShape shape);
std::vector<float> FloatsOf(const std::vector<char>& bytes);
Score EvaluationOf(const Model& model, const Examples& examples);

// An oracle with the parameters of `model`.
oracle::Mlp OracleOf(const Model& model, const ModelSpec& spec, ModelShape shape);

// The largest of ||a - b|| / ||b|| over the tensors, for a of `model` and b of `expected`.
double LargestTensorError(const Model& model, const ModelSpec& spec, ModelShape shape,
                          oracle::Mlp& expected);

// Those that this machine can run.
std::vector<InstructionSet> SupportedInstructionSets();

}  // namespace percept::ml

#endif  // PERCEPT_TESTS_UNIT_ML_DATA_H_
