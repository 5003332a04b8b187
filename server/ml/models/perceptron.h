#ifndef PERCEPT_SERVER_ML_MODELS_PERCEPTRON_H_
#define PERCEPT_SERVER_ML_MODELS_PERCEPTRON_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "server/base/examples.h"
#include "server/ml/model.h"

namespace percept::ml {

// Rosenblatt's perceptron (1958): label 1 where w x >= 0, else 0. Weights are float64 and start at
// zero. All sums run in the order of the columns, so that the bits depend on nothing but the data.
// Used by one thread at a time.
class Perceptron {
 public:
  explicit Perceptron(int32_t inputs);

  // Presents example `row` of `examples`, whose label is 0 or 1. Where it is predicted wrong the
  // weights change by +-`learning_rate` times its inputs, towards its label. Returns whether they
  // changed.
  bool Present(const Examples& examples, int64_t row, double learning_rate);

  // [D].
  absl::Span<const double> weights() const { return weights_; }

  // Overwrites the weights with what `ModelCopy::ExportParameters` wrote.
  void ImportParameters(absl::Span<const char> bytes);

  // As `Model` has it; the state are the weights alone.
  void ExportState(absl::Span<char> bytes) const;
  absl::Status ImportState(absl::Span<const char> bytes);

  // A copy to be filled by `CopyTo`. Its scores hold the perceptron criterion as the loss.
  std::unique_ptr<ModelCopy> NewCopy() const;
  void CopyTo(ModelCopy& copy) const;

 private:
  std::vector<double> weights_;
};

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_MODELS_PERCEPTRON_H_
