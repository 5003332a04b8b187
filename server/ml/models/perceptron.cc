#include "server/ml/models/perceptron.h"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "server/base/status.h"
#include "server/ml/models/state_bytes.h"

namespace percept::ml {
namespace {

// The doubles that bytes stand for, by way of the floats that dense inputs hold.
constexpr std::array<double, 256> MakePixels() {
  std::array<double, 256> pixels{};
  for (int byte = 0; byte < 256; ++byte) {
    pixels[static_cast<size_t>(byte)] = static_cast<double>(static_cast<float>(byte) / 255.0f);
  }
  return pixels;
}

constexpr std::array<double, 256> kPixels = MakePixels();

// Calls `use(column, x)` for the inputs of a row by ascending column; for those that are not zero
// where the examples are sparse. Zeros change no sum.
template <class Use>
void ForEachInput(const Examples& examples, int64_t row, const Use& use) {
  if (!examples.is_sparse()) {
    const float* const x = examples.dense + row * examples.inputs;
    for (int32_t column = 0; column < examples.inputs; ++column) {
      use(column, static_cast<double>(x[column]));
    }
    return;
  }
  const Examples::SparseRows& sparse = examples.sparse;
  for (uint32_t i = sparse.row_start[row]; i < sparse.row_start[row + 1]; ++i) {
    use(sparse.columns[i], kPixels[sparse.values[i]]);
  }
}

// w x
double Product(const std::vector<double>& weights, const Examples& examples, int64_t row) {
  double sum = 0.0;
  ForEachInput(examples, row, [&](size_t column, double x) { sum += weights[column] * x; });
  return sum;
}

bool IsPositive(const Examples& examples, int64_t row) { return examples.labels[row] == 1; }

class PerceptronCopy final : public ModelCopy {
 public:
  explicit PerceptronCopy(size_t inputs) : weights_(inputs) {}

  std::optional<Score> EvaluateWhile(const Examples& examples, GoesOn goes_on) override {
    Score score;
    score.examples = examples.count;
    const bool whole = ForEachProduct(examples, goes_on, [&](size_t row, double product) {
      if (std::isfinite(product) && (product >= 0.0) == (examples.labels[row] == 1)) {
        ++score.correct;
      } else {
        score.loss_sum += std::abs(product);
      }
    });
    if (!whole) return std::nullopt;
    return score;
  }

  bool OutputsWhile(const Examples& examples, int32_t, absl::Span<float> outputs,
                    GoesOn goes_on) override {
    return ForEachProduct(examples, goes_on, [&](size_t row, double product) {
      const auto rounded = static_cast<float>(product);
      outputs[row] =
          product < 0.0 && rounded == 0.0f ? -std::numeric_limits<float>::denorm_min() : rounded;
    });
  }

  bool ClassifyWhile(const Examples& examples, absl::Span<int32_t> classes,
                     absl::Span<float> confidence, GoesOn goes_on) override {
    return ForEachProduct(examples, goes_on, [&](size_t row, double product) {
      classes[row] = product >= 0.0 ? 1 : 0;
      confidence[row] = std::isfinite(product) ? 1.0f : std::numeric_limits<float>::quiet_NaN();
    });
  }

  void ExportParameters(absl::Span<char> bytes) const override {
    std::memcpy(bytes.data(), weights_.data(), weights_.size() * sizeof(double));
  }

  void SetWeights(const std::vector<double>& weights) { weights_ = weights; }

 private:
  // Calls `use(row, w x)` for each example. False where `goes_on` ended it.
  template <class Use>
  bool ForEachProduct(const Examples& examples, GoesOn goes_on, const Use& use) const {
    constexpr int64_t kPiece = 1024;
    for (int64_t row = 0; row < examples.count; ++row) {
      if (row > 0 && row % kPiece == 0 && !goes_on()) return false;
      use(static_cast<size_t>(row), Product(weights_, examples, row));
    }
    return true;
  }

  std::vector<double> weights_;
};

}  // namespace

Perceptron::Perceptron(int32_t inputs) : weights_(static_cast<size_t>(inputs)) {}

bool Perceptron::Present(const Examples& examples, int64_t row, double learning_rate) {
  const bool is_positive = IsPositive(examples, row);
  if ((Product(weights_, examples, row) >= 0.0) == is_positive) return false;
  const double rate = is_positive ? learning_rate : -learning_rate;
  ForEachInput(examples, row, [&](size_t column, double x) { weights_[column] += rate * x; });
  return true;
}

void Perceptron::ImportParameters(absl::Span<const char> bytes) {
  std::memcpy(weights_.data(), bytes.data(), weights_.size() * sizeof(double));
}

void Perceptron::ExportState(absl::Span<char> bytes) const {
  std::memcpy(bytes.data(), weights_.data(), weights_.size() * sizeof(double));
}

absl::Status Perceptron::ImportState(absl::Span<const char> bytes) {
  const size_t wanted = weights_.size() * sizeof(double);
  PERCEPT_RETURN_IF_ERROR(CheckStateBytes(static_cast<int64_t>(wanted), bytes));
  ImportParameters(bytes);
  return absl::OkStatus();
}

std::unique_ptr<ModelCopy> Perceptron::NewCopy() const {
  return std::make_unique<PerceptronCopy>(weights_.size());
}

void Perceptron::CopyTo(ModelCopy& copy) const {
  static_cast<PerceptronCopy&>(copy).SetWeights(weights_);
}

}  // namespace percept::ml
