// Included only by kernels_simd.cc. Networks whose layers are so narrow that a row of outputs would
// leave most lanes of a vector idle: the lanes hold examples instead.
//
// Values of a block of examples lie unit by unit, as columns of R rows: [units, R], R a multiple of
// the lanes. The last vector of examples ends with the last of them, so that it may begin with some
// of the vector before, which then count for nothing.
#ifndef PERCEPT_SERVER_ML_KERNELS_NARROW_INL_H_
#define PERCEPT_SERVER_ML_KERNELS_NARROW_INL_H_

#include "server/ml/kernels/activations-inl.h"
#include "server/ml/kernels/kernels.h"
#include "server/ml/kernels/products-inl.h"
#include "server/ml/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace percept::ml {
namespace {

// The most examples in a block.
constexpr int64_t kNarrowRows = 64;

using IntTag = hn::RebindToSigned<FloatTag>;
using IntVector = hn::Vec<IntTag>;

constexpr IntTag kInts;

struct NarrowBlock {
  int64_t first;  // Its first example,
  int64_t count;  // and how many there are, in all blocks.
  int64_t rows;   // R

  // The first example in the vector at row r.
  HWY_INLINE int64_t Start(int64_t r) const {
    return first + r < count - kLanes ? first + r : count - kLanes;
  }
};

NarrowBlock BlockFrom(int64_t first, int64_t count) {
  const int64_t left = count - first;
  const int64_t rows = (left + kLanes - 1) / kLanes * kLanes;
  return {first, count, rows < kNarrowRows ? rows : kNarrowRows};
}

// Writes the inputs of a block to `columns` [I, R].
void LoadColumns(const DenseRows& x, int64_t inputs, const NarrowBlock& block, float* columns) {
  for (int64_t r = 0; r < block.rows; r += kLanes) {
    const float* const from = x.values + block.Start(r) * x.stride;
    if (inputs == 2 && x.stride == 2) {
      FloatVector even, odd;
      hn::LoadInterleaved2(kFloats, from, even, odd);
      StoreFloats(even, columns + r);
      StoreFloats(odd, columns + block.rows + r);
      continue;
    }
    for (int64_t i = 0; i < inputs; ++i) {
      float* const column = columns + i * block.rows + r;
      for (int64_t lane = 0; lane < kLanes; ++lane) column[lane] = from[lane * x.stride + i];
    }
  }
}

// z = b + W^T in, for columns of R values.
void ForwardColumns(const LayerView& layer, int64_t rows, const float* in, float* z) {
  const Product product{layer.outputs, layer.inputs, rows, layer.weights, 1,
                        layer.stride,  in,           rows};
  Compute(product, [&](int64_t output, int64_t row, FloatVector sum) HWY_ATTR {
    StoreFloats(hn::Add(sum, Broadcast(layer.bias[output])), z + output * rows + row);
  });
}

// What the softmax makes of the logits of kLanes rows.
struct ScoredRows {
  FloatVector excess;  // The largest logit less that of the label.
  FloatVector powers;  // Sum of exp(logit - largest logit); NaN when a logit is not finite.
  hn::Mask<FloatTag> correct;
};

HWY_INLINE ScoredRows ScoreRows(int64_t classes, int64_t rows, const float* logits,
                                IntVector labels) {
  FloatVector largest = LoadFloats(logits);
  FloatVector label_logit = largest;
  IntVector predicted = hn::Zero(kInts);
  for (int64_t k = 1; k < classes; ++k) {
    const FloatVector logit = LoadFloats(logits + k * rows);
    const IntVector number = hn::Set(kInts, static_cast<int32_t>(k));
    const auto larger = hn::Gt(logit, largest);
    largest = hn::IfThenElse(larger, logit, largest);
    predicted = hn::IfThenElse(hn::RebindMask(kInts, larger), number, predicted);
    label_logit =
        hn::IfThenElse(hn::RebindMask(kFloats, hn::Eq(labels, number)), logit, label_logit);
  }
  FloatVector powers = hn::Zero(kFloats);
  for (int64_t k = 0; k < classes; ++k) {
    const FloatVector below = hn::Sub(LoadFloats(logits + k * rows), largest);
    // Exp maps NaN to 0; the difference is 0 exactly where the logit is finite.
    powers = hn::Add(powers, hn::Add(hn::Exp(kFloats, below), hn::Sub(below, below)));
  }
  const auto hits = hn::RebindMask(kFloats, hn::Eq(predicted, labels));
  return {hn::Sub(largest, label_logit), powers, hn::And(hits, hn::Eq(powers, powers))};
}

// Likewise for two classes, by a single power.
HWY_INLINE ScoredRows ScorePairs(int64_t rows, const float* logits, IntVector labels) {
  const FloatVector lead = hn::Sub(LoadFloats(logits), LoadFloats(logits + rows));
  const FloatVector gap = hn::Abs(lead);
  const FloatVector power = hn::Exp(kFloats, hn::Neg(gap));
  // Exp maps NaN to 0; the difference is 0 exactly where the gap is finite.
  const FloatVector powers = hn::Add(hn::Add(Broadcast(1.0f), power), hn::Sub(gap, gap));
  const auto is_second = hn::RebindMask(kFloats, hn::Eq(labels, hn::Set(kInts, 1)));
  const auto wrong = hn::Xor(hn::Lt(lead, hn::Zero(kFloats)), is_second);
  return {hn::IfThenElseZero(wrong, gap), powers, hn::And(hn::Not(wrong), hn::Eq(powers, powers))};
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

// Adds the losses and the correct predictions of that many vectors, from row `begin` of a block on,
// to `sums`; `labels` are those of all examples.
void ScoreColumns(int64_t classes, const NarrowBlock& block, int64_t begin, const float* logits,
                  const int32_t* labels, LossSums* sums) {
  const int64_t wanted_end = begin + kVectorsPerLogarithm * kLanes;
  const int64_t end = wanted_end < block.rows ? wanted_end : block.rows;
  FloatVector product = Broadcast(1.0f);
  FloatVector excess = hn::Zero(kFloats);
  for (int64_t r = begin; r < end; r += kLanes) {
    const int64_t start = block.Start(r);
    const auto valid = hn::Not(FirstLanes(block.first + r - start));
    const IntVector label = hn::LoadU(kInts, labels + start);
    const ScoredRows scored = classes == 2 ? ScorePairs(block.rows, logits + r, label)
                                           : ScoreRows(classes, block.rows, logits + r, label);
    excess = hn::Add(excess, hn::IfThenElseZero(valid, scored.excess));
    product = hn::IfThenElse(valid, hn::Mul(product, scored.powers), product);
    sums->correct += static_cast<int64_t>(hn::CountTrue(kFloats, hn::And(scored.correct, valid)));
  }
  const FloatVector loss = hn::Add(hn::Log(kFloats, product), excess);
  sums->loss += SumInDouble(hn::IfThenElse(hn::IsNaN(product), product, loss));
}

void ScoreNarrow(const NarrowNetwork& network, const DenseRows& x, const int32_t* labels,
                 LossSums* sums) {
  alignas(kBufferAlignment) float columns[2][kNarrowWidth * kNarrowRows];
  const int64_t last = network.layer_count - 1;
  for (int64_t first = 0; first < x.count; first += kNarrowRows) {
    const NarrowBlock block = BlockFrom(first, x.count);
    float* in = columns[0];
    float* out = columns[1];
    LoadColumns(x, network.layers[0].inputs, block, in);
    for (int64_t l = 0; l <= last; ++l) {
      const LayerView& layer = network.layers[l];
      ForwardColumns(layer, block.rows, in, out);
      const Activation* const activation =
          l == last ? network.output_activation : &network.hidden_activation;
      if (activation != nullptr) Activate(*activation, layer.outputs * block.rows, out, nullptr);
      float* const outputs = out;
      out = in;
      in = outputs;
    }
    for (int64_t r = 0; r < block.rows; r += kVectorsPerLogarithm * kLanes) {
      ScoreColumns(network.layers[last].outputs, block, r, in, labels, sums);
    }
  }
}

}  // namespace
}  // namespace percept::ml
HWY_AFTER_NAMESPACE();

#endif  // PERCEPT_SERVER_ML_KERNELS_NARROW_INL_H_
