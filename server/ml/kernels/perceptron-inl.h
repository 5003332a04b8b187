// Included only by kernels_simd.cc. Scores many perceptrons at once: each has a lane of its own, in
// which its sums run as plain loops would run them, so that they have the same bits everywhere.
#ifndef PERCEPT_SERVER_ML_KERNELS_PERCEPTRON_INL_H_
#define PERCEPT_SERVER_ML_KERNELS_PERCEPTRON_INL_H_

#include <limits>

#include "server/ml/kernels/kernels.h"
#include "server/ml/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace percept::ml {
namespace {

using DoubleVector = hn::Vec<DoubleTag>;
using DoubleMask = hn::Mask<DoubleTag>;

constexpr int64_t kDoubleLanes = HWY_LANES(double);

// The doubles that bytes stand for, by way of the floats that dense inputs hold.
struct WidePixelTable {
  double values[256];
};

constexpr WidePixelTable MakeWidePixelTable() {
  WidePixelTable table{};
  for (int byte = 0; byte < 256; ++byte) table.values[byte] = static_cast<float>(byte) / 255.0f;
  return table;
}

constexpr WidePixelTable kWidePixels = MakeWidePixelTable();

struct SparseInputs {
  const Examples& examples;

  // Calls `use(column, x)` for the inputs of a row that are not zero.
  template <class Use>
  HWY_INLINE void ForEach(int64_t row, const Use& use) const {
    const Examples::SparseRows& sparse = examples.sparse;
    const int64_t end = sparse.row_start[row + 1];
    for (int64_t i = sparse.row_start[row]; i < end; ++i) {
      use(sparse.columns[i], kWidePixels.values[sparse.values[i]]);
    }
  }
};

struct DenseInputs {
  const Examples& examples;

  // Calls `use(column, x)` for the inputs of a row.
  template <class Use>
  HWY_INLINE void ForEach(int64_t row, const Use& use) const {
    const float* const x = examples.dense + row * examples.inputs;
    for (int64_t column = 0; column < examples.inputs; ++column) {
      use(column, static_cast<double>(x[column]));
    }
  }
};

// Vectors of a panel that are scored in one pass over the examples: as many as have registers for
// their sums on every machine. They have names because GCC 12 spills arrays.
constexpr int64_t kVectorsPerPass = 4;

struct PassVectors {
  DoubleVector v0 = hn::Zero(kDoubles), v1 = v0, v2 = v0, v3 = v0;
};

// Where the weights of the first input are; those of the next are `kPanelLanes` further.
struct PassWeights {
  const double* v0;
  const double* v1;
  const double* v2;
  const double* v3;
};

HWY_INLINE DoubleVector AddScaled(const double* weights, DoubleVector x, DoubleVector sum) {
  return hn::Add(sum, hn::Mul(hn::Load(kDoubles, weights), x));  // Not fused, as said above.
}

// w x for a row and all lanes of a pass.
template <int kVectors, class Inputs>
HWY_INLINE PassVectors Products(const PassWeights& weights, const Inputs& inputs, int64_t row) {
  PassVectors sums;
  inputs.ForEach(row, [&](int64_t column, double input) HWY_ATTR {
    const int64_t at = column * kPanelLanes;
    const DoubleVector x = hn::Set(kDoubles, input);
    sums.v0 = AddScaled(weights.v0 + at, x, sums.v0);
    if constexpr (kVectors > 1) sums.v1 = AddScaled(weights.v1 + at, x, sums.v1);
    if constexpr (kVectors > 2) sums.v2 = AddScaled(weights.v2 + at, x, sums.v2);
    if constexpr (kVectors > 3) sums.v3 = AddScaled(weights.v3 + at, x, sums.v3);
  });
  return sums;
}

// Adds 1 to `correct` where a product is on the right side, else its size to `loss`. A product that
// is not finite is on no side.
HWY_INLINE void Judge(DoubleVector product, DoubleMask is_positive, DoubleVector& correct,
                      DoubleVector& loss) {
  const DoubleVector size = hn::Abs(product);
  const DoubleVector infinity = hn::Set(kDoubles, std::numeric_limits<double>::infinity());
  const DoubleMask is_wrong = hn::Xor(hn::Ge(product, hn::Zero(kDoubles)), is_positive);
  const DoubleMask is_right = hn::AndNot(is_wrong, hn::Lt(size, infinity));
  correct = hn::Add(correct, hn::IfThenElseZero(is_right, hn::Set(kDoubles, 1.0)));
  loss = hn::Add(loss, hn::IfThenZeroElse(is_right, size));
}

HWY_INLINE void LoadSums(const LossSums* sums, DoubleVector& correct, DoubleVector& loss) {
  alignas(kBufferAlignment) double counts[kDoubleLanes];
  alignas(kBufferAlignment) double losses[kDoubleLanes];
  for (int64_t lane = 0; lane < kDoubleLanes; ++lane) {
    counts[lane] = static_cast<double>(sums[lane].correct);
    losses[lane] = sums[lane].loss;
  }
  correct = hn::Load(kDoubles, counts);
  loss = hn::Load(kDoubles, losses);
}

HWY_INLINE void StoreSums(DoubleVector correct, DoubleVector loss, LossSums* sums) {
  alignas(kBufferAlignment) double counts[kDoubleLanes];
  alignas(kBufferAlignment) double losses[kDoubleLanes];
  hn::Store(correct, kDoubles, counts);
  hn::Store(loss, kDoubles, losses);
  for (int64_t lane = 0; lane < kDoubleLanes; ++lane) {
    sums[lane] = {static_cast<int64_t>(counts[lane]), losses[lane]};
  }
}

template <int kVectors, class Inputs>
void ScorePass(const PassWeights& weights, const Inputs& inputs, LossSums* sums) {
  const Examples& examples = inputs.examples;
  PassVectors correct, loss;
  LoadSums(sums, correct.v0, loss.v0);
  if constexpr (kVectors > 1) LoadSums(sums + kDoubleLanes, correct.v1, loss.v1);
  if constexpr (kVectors > 2) LoadSums(sums + 2 * kDoubleLanes, correct.v2, loss.v2);
  if constexpr (kVectors > 3) LoadSums(sums + 3 * kDoubleLanes, correct.v3, loss.v3);
  for (int64_t row = 0; row < examples.count; ++row) {
    const PassVectors products = Products<kVectors>(weights, inputs, row);
    const auto label = hn::Set(kDoubles, static_cast<double>(examples.labels[row]));
    const DoubleMask is_positive = hn::Eq(label, hn::Set(kDoubles, 1.0));
    Judge(products.v0, is_positive, correct.v0, loss.v0);
    if constexpr (kVectors > 1) Judge(products.v1, is_positive, correct.v1, loss.v1);
    if constexpr (kVectors > 2) Judge(products.v2, is_positive, correct.v2, loss.v2);
    if constexpr (kVectors > 3) Judge(products.v3, is_positive, correct.v3, loss.v3);
  }
  StoreSums(correct.v0, loss.v0, sums);
  if constexpr (kVectors > 1) StoreSums(correct.v1, loss.v1, sums + kDoubleLanes);
  if constexpr (kVectors > 2) StoreSums(correct.v2, loss.v2, sums + 2 * kDoubleLanes);
  if constexpr (kVectors > 3) StoreSums(correct.v3, loss.v3, sums + 3 * kDoubleLanes);
}

// The weights of the panel's vector `number` (of `kDoubleLanes` lanes) for the first input; null
// after the last one.
HWY_INLINE const double* WeightsOf(const PerceptronPanel& panel, int64_t number) {
  const int64_t lane = number * kDoubleLanes;
  if (lane >= panel.lanes) return nullptr;
  return panel.weights + lane / kPanelLanes * panel.inputs * kPanelLanes + lane % kPanelLanes;
}

template <class Inputs>
void ScorePanel(const PerceptronPanel& panel, const Inputs& inputs, LossSums* sums) {
  const int64_t vectors = panel.lanes / kDoubleLanes;
  for (int64_t first = 0; first < vectors; first += kVectorsPerPass) {
    const PassWeights weights{WeightsOf(panel, first), WeightsOf(panel, first + 1),
                              WeightsOf(panel, first + 2), WeightsOf(panel, first + 3)};
    LossSums* const to = sums + first * kDoubleLanes;
    switch (vectors - first) {
      case 1:
        ScorePass<1>(weights, inputs, to);
        break;
      case 2:
        ScorePass<2>(weights, inputs, to);
        break;
      case 3:
        ScorePass<3>(weights, inputs, to);
        break;
      default:
        ScorePass<4>(weights, inputs, to);
    }
  }
}

void ScorePerceptrons(const PerceptronPanel& panel, const Examples& examples, LossSums* sums) {
  if (examples.is_sparse()) {
    ScorePanel(panel, SparseInputs{examples}, sums);
  } else {
    ScorePanel(panel, DenseInputs{examples}, sums);
  }
}

}  // namespace
}  // namespace percept::ml
HWY_AFTER_NAMESPACE();

#endif  // PERCEPT_SERVER_ML_KERNELS_PERCEPTRON_INL_H_
