// Included only by kernels_simd.cc. Networks whose layers are so narrow that a row of outputs would
// leave most lanes of a vector idle: the lanes hold examples instead.
//
// Values of a block of examples lie unit by unit, as columns of R rows: [units, R], R a multiple of
// the lanes.
#ifndef PERCEPT_SERVER_ML_KERNELS_NARROW_INL_H_
#define PERCEPT_SERVER_ML_KERNELS_NARROW_INL_H_

#include "server/ml/kernels/activations-inl.h"
#include "server/ml/kernels/kernels.h"
#include "server/ml/kernels/products-inl.h"
#include "server/ml/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace percept::ml {
namespace {

using IntTag = hn::RebindToSigned<FloatTag>;
using IntVector = hn::Vec<IntTag>;
using FloatMask = hn::Mask<FloatTag>;

constexpr IntTag kInts;

// `count` rounded up to whole vectors.
HWY_INLINE int64_t WholeVectors(int64_t count) { return (count + kLanes - 1) / kLanes * kLanes; }

// Gives A B vector by vector to `target(row, column, sum)`, for A of few rows and B of columns.
template <class Target>
HWY_INLINE void MultiplyColumns(const Product& p, const Target& target) {
  // From four rows on, using a loaded vector of B for each of them pays.
  if (p.m >= 4) return Compute(p, target);
  ForEachChunk(p.n, [&](auto width, int64_t column) HWY_ATTR {
    for (int64_t row = 0; row < p.m; ++row) {
      ComputeTile<1, decltype(width)::kVectors>(p, row, column, target);
    }
  });
}

// z = b + W^T in, for columns of R values.
void ForwardColumns(const LayerView& layer, int64_t rows, const float* in, float* z) {
  const Product product{layer.outputs, layer.inputs, rows, layer.weights, 1,
                        layer.stride,  in,           rows};
  MultiplyColumns(product, [&](int64_t output, int64_t row, FloatVector sum) HWY_ATTR {
    StoreFloats(hn::Add(sum, Broadcast(layer.bias[output])), z + output * rows + row);
  });
}

const Activation* ActivationOf(const NarrowNetwork& network, int64_t l) {
  return l + 1 == network.layer_count ? network.output_activation : &network.hidden_activation;
}

// Logits of R rows of examples.
struct LogitColumns {
  int64_t classes;
  int64_t rows;  // R
  float* values;

  HWY_INLINE float* column(int64_t k, int64_t row) const { return values + k * rows + row; }
};

// Labels of a vector of rows, and which of the lanes count.
struct LabelledLanes {
  IntVector labels;
  FloatMask valid;
};

// What the softmax makes of the logits of a vector of rows.
struct ScoredLanes {
  FloatVector excess;  // The largest logit less that of the label.
  FloatVector powers;  // Sum of exp(logit - largest logit); NaN when a logit is not finite.
  FloatMask correct;
};

// The largest logit of each row of a vector, and the first class that has it.
struct LeadingLanes {
  FloatVector logit;
  IntVector number;
};

// Calls `see(number, logit)` for each class but the first.
template <class See>
HWY_INLINE LeadingLanes FindLeading(const LogitColumns& logits, int64_t row, const See& see) {
  LeadingLanes leading{LoadFloats(logits.column(0, row)), hn::Zero(kInts)};
  for (int64_t k = 1; k < logits.classes; ++k) {
    const FloatVector logit = LoadFloats(logits.column(k, row));
    const IntVector number = hn::Set(kInts, static_cast<int32_t>(k));
    const auto is_larger = hn::Gt(logit, leading.logit);
    leading.logit = hn::IfThenElse(is_larger, logit, leading.logit);
    leading.number = hn::IfThenElse(hn::RebindMask(kInts, is_larger), number, leading.number);
    see(number, logit);
  }
  return leading;
}

HWY_INLINE LeadingLanes FindLeading(const LogitColumns& logits, int64_t row) {
  return FindLeading(logits, row, [](IntVector, FloatVector) HWY_ATTR {});
}

// Sum of exp(logit - largest) of each row of a vector; NaN when a logit is not finite. Writes the
// summands over the logits if `keep`.
template <bool keep>
HWY_INLINE FloatVector SumOfPowers(const LogitColumns& logits, int64_t row, FloatVector largest) {
  FloatVector powers = hn::Zero(kFloats);
  for (int64_t k = 0; k < logits.classes; ++k) {
    const FloatVector below = hn::Sub(LoadFloats(logits.column(k, row)), largest);
    const FloatVector power = hn::Exp(kFloats, below);
    // Exp maps NaN to 0; the difference is 0 exactly where the logit is finite.
    powers = hn::Add(powers, hn::Add(power, hn::Sub(below, below)));
    if (keep) StoreFloats(power, logits.column(k, row));
  }
  return powers;
}

// Writes the summands of `powers` over the logits if `keep`.
template <bool keep>
HWY_INLINE ScoredLanes ScoreLanes(const LogitColumns& logits, int64_t row, IntVector labels) {
  FloatVector label_logit = LoadFloats(logits.column(0, row));
  const LeadingLanes leading =
      FindLeading(logits, row, [&](IntVector number, FloatVector logit) HWY_ATTR {
        const auto is_label = hn::RebindMask(kFloats, hn::Eq(labels, number));
        label_logit = hn::IfThenElse(is_label, logit, label_logit);
      });
  const FloatVector powers = SumOfPowers<keep>(logits, row, leading.logit);
  const auto hits = hn::RebindMask(kFloats, hn::Eq(leading.number, labels));
  return {hn::Sub(leading.logit, label_logit), powers, hn::And(hits, hn::Eq(powers, powers))};
}

// Likewise for two classes, by a single exponential function.
template <bool keep>
HWY_INLINE ScoredLanes ScorePairs(const LogitColumns& logits, int64_t row, IntVector labels) {
  const FloatVector one = Broadcast(1.0f);
  const FloatVector lead =
      hn::Sub(LoadFloats(logits.column(0, row)), LoadFloats(logits.column(1, row)));
  const FloatVector gap = hn::Abs(lead);
  const FloatVector power = hn::Exp(kFloats, hn::Neg(gap));
  // Exp maps NaN to 0; the difference is 0 exactly where the gap is finite.
  const FloatVector powers = hn::Add(hn::Add(one, power), hn::Sub(gap, gap));
  const auto second_leads = hn::Lt(lead, hn::Zero(kFloats));
  if (keep) {
    StoreFloats(hn::IfThenElse(second_leads, power, one), logits.column(0, row));
    StoreFloats(hn::IfThenElse(second_leads, one, power), logits.column(1, row));
  }
  const auto is_second = hn::RebindMask(kFloats, hn::Eq(labels, hn::Set(kInts, 1)));
  const auto wrong = hn::Xor(second_leads, is_second);
  return {hn::IfThenElseZero(wrong, gap), powers, hn::And(hn::Not(wrong), hn::Eq(powers, powers))};
}

// Replaces the summands of the softmax by (softmax - onehot) * scale, and by 0 in lanes that do not
// count.
HWY_INLINE void WriteDeltas(const LogitColumns& powers, int64_t row, const LabelledLanes& lanes,
                            FloatVector sum, float scale) {
  const FloatVector scales = Broadcast(scale);
  const FloatVector factor = hn::Div(scales, sum);
  for (int64_t k = 0; k < powers.classes; ++k) {
    float* const column = powers.column(k, row);
    const auto is_label = hn::Eq(lanes.labels, hn::Set(kInts, static_cast<int32_t>(k)));
    const FloatVector onehot = hn::IfThenElseZero(hn::RebindMask(kFloats, is_label), scales);
    const FloatVector delta = hn::MulSub(LoadFloats(column), factor, onehot);
    StoreFloats(hn::IfThenElseZero(lanes.valid, delta), column);
  }
}

// The sum of all lanes, in double precision.
HWY_INLINE double SumInDouble(FloatVector vector) {
  const hn::Half<FloatTag> half;
  const auto sum = hn::Add(hn::PromoteTo(kDoubles, hn::LowerHalf(half, vector)),
                           hn::PromoteTo(kDoubles, hn::UpperHalf(half, vector)));
  return hn::GetLane(hn::SumOfLanes(kDoubles, sum));
}

// Vectors of examples that share a logarithm: that of a product stands for a sum of logarithms, and
// so few factors of at most `kNarrowWidth` each leave it precise.
constexpr int64_t kVectorsPerLogarithm = 4;

// Adds the losses and the correct predictions of that many vectors from `begin` on to `sums`.
// `lanes_at(row)` gives their labels. If `keep`, replaces the logits by (softmax - onehot) * scale.
template <bool keep, class LanesAt>
HWY_INLINE void ScoreVectors(const LogitColumns& logits, int64_t begin, const LanesAt& lanes_at,
                             float scale, LossSums* sums) {
  const int64_t wanted_end = begin + kVectorsPerLogarithm * kLanes;
  const int64_t end = wanted_end < logits.rows ? wanted_end : logits.rows;
  FloatVector product = Broadcast(1.0f);
  FloatVector excess = hn::Zero(kFloats);
  for (int64_t row = begin; row < end; row += kLanes) {
    const LabelledLanes lanes = lanes_at(row);
    const ScoredLanes scored = logits.classes == 2 ? ScorePairs<keep>(logits, row, lanes.labels)
                                                   : ScoreLanes<keep>(logits, row, lanes.labels);
    excess = hn::Add(excess, hn::IfThenElseZero(lanes.valid, scored.excess));
    product = hn::IfThenElse(lanes.valid, hn::Mul(product, scored.powers), product);
    sums->correct +=
        static_cast<int64_t>(hn::CountTrue(kFloats, hn::And(scored.correct, lanes.valid)));
    if (keep) WriteDeltas(logits, row, lanes, scored.powers, scale);
  }
  const FloatVector loss = hn::Add(hn::Log(kFloats, product), excess);
  sums->loss += SumInDouble(hn::IfThenElse(hn::IsNaN(product), product, loss));
}

template <bool keep, class LanesAt>
HWY_INLINE void ScoreColumns(const LogitColumns& logits, const LanesAt& lanes_at, float scale,
                             LossSums* sums) {
  for (int64_t row = 0; row < logits.rows; row += kVectorsPerLogarithm * kLanes) {
    ScoreVectors<keep>(logits, row, lanes_at, scale, sums);
  }
}

// --- Evaluation ---

// A block of examples that lie one after the other. Its last vector ends with the last example, so
// that it may begin with some of the vector before, which then count for nothing.
struct EvaluationBlock {
  int64_t first;  // Its first example,
  int64_t count;  // and how many there are, in all blocks.
  int64_t rows;   // R

  // The first example in the vector at `row`.
  HWY_INLINE int64_t Start(int64_t row) const {
    return first + row < count - kLanes ? first + row : count - kLanes;
  }

  HWY_INLINE LabelledLanes LanesAt(int64_t row, const int32_t* labels) const {
    return {hn::LoadU(kInts, labels + Start(row)), hn::Not(FirstLanes(first + row - Start(row)))};
  }
};

// Writes the inputs of a block to `columns` [I, R].
void LoadColumns(const DenseRows& x, int64_t inputs, const EvaluationBlock& block, float* columns) {
  for (int64_t row = 0; row < block.rows; row += kLanes) {
    const float* const from = x.values + block.Start(row) * x.stride;
    if (inputs == 2 && x.stride == 2) {
      FloatVector even, odd;
      hn::LoadInterleaved2(kFloats, from, even, odd);
      StoreFloats(even, columns + row);
      StoreFloats(odd, columns + block.rows + row);
      continue;
    }
    for (int64_t i = 0; i < inputs; ++i) {
      float* const column = columns + i * block.rows + row;
      for (int64_t lane = 0; lane < kLanes; ++lane) column[lane] = from[lane * x.stride + i];
    }
  }
}

// Gives the logits of each block of rows to `use(block, logits)`.
template <class Use>
HWY_INLINE void ForEachBlock(const NarrowNetwork& network, const DenseRows& x, const Use& use) {
  alignas(kBufferAlignment) float columns[2][kNarrowWidth * kNarrowRows];
  for (int64_t first = 0; first < x.count; first += kNarrowRows) {
    const int64_t left = WholeVectors(x.count - first);
    const EvaluationBlock block{first, x.count, left < kNarrowRows ? left : kNarrowRows};
    float* in = columns[0];
    float* out = columns[1];
    LoadColumns(x, network.layers[0].inputs, block, in);
    for (int64_t l = 0; l < network.layer_count; ++l) {
      const LayerView& layer = network.layers[l];
      ForwardColumns(layer, block.rows, in, out);
      const Activation* const activation = ActivationOf(network, l);
      if (activation != nullptr) Activate(*activation, layer.outputs * block.rows, out, nullptr);
      float* const outputs = out;
      out = in;
      in = outputs;
    }
    use(block, LogitColumns{network.layers[network.layer_count - 1].outputs, block.rows, in});
  }
}

void ScoreNarrow(const NarrowNetwork& network, const DenseRows& x, const int32_t* labels,
                 LossSums* sums) {
  ForEachBlock(network, x, [&](const EvaluationBlock& block, const LogitColumns& logits) HWY_ATTR {
    const auto lanes_at = [&](int64_t row) HWY_ATTR { return block.LanesAt(row, labels); };
    ScoreColumns<false>(logits, lanes_at, 0.0f, sums);
  });
}

void ClassifyNarrow(const NarrowNetwork& network, const DenseRows& x, int32_t* classes,
                    float* confidence) {
  ForEachBlock(network, x, [&](const EvaluationBlock& block, const LogitColumns& logits) HWY_ATTR {
    for (int64_t row = 0; row < block.rows; row += kLanes) {
      const LeadingLanes leading = FindLeading(logits, row);
      const FloatVector powers = SumOfPowers<false>(logits, row, leading.logit);
      hn::StoreU(leading.number, kInts, classes + block.Start(row));
      hn::StoreU(hn::Div(Broadcast(1.0f), powers), kFloats, confidence + block.Start(row));
    }
  });
}

}  // namespace
}  // namespace percept::ml
HWY_AFTER_NAMESPACE();

#endif  // PERCEPT_SERVER_ML_KERNELS_NARROW_INL_H_
