#ifndef PERCEPT_SERVER_ML_KERNELS_KERNELS_H_
#define PERCEPT_SERVER_ML_KERNELS_KERNELS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/base/examples.h"
#include "server/base/model_spec.h"

// The inner loops of training, compiled once for each instruction set and reached through a table
// of functions, so that one program runs at full speed on every machine.
//
// Letters: B rows (examples), I inputs and O outputs of a layer. Every matrix is row-major float32.
// Rows of layer outputs are padded to a multiple of `kRowPadding` floats, the stride S, and start
// on `kBufferAlignment` bytes. Values in the padding are never read as results; weights and biases
// keep zeros there.
namespace percept::ml {

// Levels of the x86-64 psABI: SSE4.2; AVX2 with FMA; AVX-512.
enum class InstructionSet { kX86_64V2 = 2, kX86_64V3 = 3, kX86_64V4 = 4 };

constexpr int64_t kRowPadding = 16;
constexpr int64_t kBufferAlignment = 64;
constexpr int64_t kPanelLanes = 8;  // Doubles of the widest vector.

// A layer's weights [I, S], input-major (y = x W + b), and biases [S]; or the gradients of both.
struct LayerView {
  int64_t inputs;   // I
  int64_t outputs;  // O
  int64_t stride;   // S: O rounded up to `kRowPadding`.
  float* weights;
  float* bias;
};

// B rows of dense inputs, not necessarily aligned.
struct DenseRows {
  int64_t count;
  const float* values;  // [B, stride], of which the first I floats of a row count.
  int64_t stride;
};

// B rows of sparse inputs: rows `indices[r]`, or `first + r` where `indices` is null.
struct SparseBatch {
  Examples::SparseRows rows;
  const uint32_t* indices;
  int64_t first;
  int64_t count;
};

// Widest layer of a narrow network, inputs included.
constexpr int64_t kNarrowWidth = 16;

// Fewest rows that narrow networks are evaluated on or classify, and most that they are trained on,
// in one call.
constexpr int64_t kNarrowMinRows = 16;
constexpr int64_t kNarrowRows = 256;

// A feed-forward network none of whose layers has more than `kNarrowWidth` inputs or outputs.
struct NarrowNetwork {
  const LayerView* layers;  // [layer_count], at least one.
  int64_t layer_count;
  Activation hidden_activation;
  const Activation* output_activation;  // Null where the last layer's outputs are the logits.
};

// At most `kNarrowRows` of many dense examples: the B that `indices` names.
struct NarrowBatch {
  const float* x;         // [N, I]
  const int32_t* labels;  // [N]
  const uint32_t* indices;
  int64_t count;  // B
};

// What the kernels write into while they work; one thread at a time.
struct Scratch {
  float* products;         // `ProductScratchFloats` floats.
  uint32_t* cursors;       // [B]
  uint32_t* column_start;  // [I + 1] of the sparse inputs; updates only.
  uint32_t* entries;       // [entry_capacity]; updates only.
  int64_t entry_capacity;  // At least I.
};

// Sums over rows, to which kernels add row by row in order.
struct LossSums {
  int64_t correct;
  double loss;  // In nats.
};

// How an update changes each value W by its element g of the gradient. With
// h = g + decay * W, an L2 penalty:
//   kDescent   W -= rate * h
//   kMomentum  m = h + momentum * m
//              W -= rate * m
//   kAdam      m += first_gain * (h - m)
//              v = second_keep * v + second_gain * h^2
//              W -= rate * m / (sqrt(v) + epsilon), unless m is 0
// Updates may start anywhere in `parameters`: the moments m and v of `parameters[i]` are `first[i]`
// and `second[i]`. Rules without moments ignore all three, and so serve any values.
struct UpdateRule {
  enum class Kind { kDescent, kMomentum, kAdam };

  // W += g, by which gradients are summed.
  static UpdateRule Accumulation() { return {.rate = -1.0f}; }

  // Whether an element without gradient stays as it is, whatever happened before.
  bool keeps_without_gradient() const { return kind == Kind::kDescent && decay == 0.0f; }

  Kind kind = Kind::kDescent;
  float rate = 0.0f;
  float decay = 0.0f;
  float momentum = 0.0f;
  float first_gain = 0.0f;
  float second_keep = 0.0f;
  float second_gain = 0.0f;
  float epsilon = 0.0f;
  const float* parameters = nullptr;
  float* first = nullptr;
  float* second = nullptr;
};

// Weight vectors of perceptrons, float64, each in a lane of its own: that of lane v for input i is
// weights[v / kPanelLanes][i][v % kPanelLanes].
struct PerceptronPanel {
  int64_t inputs;         // I
  int64_t lanes;          // A multiple of `kPanelLanes`.
  const double* weights;  // [lanes / kPanelLanes, I, kPanelLanes]
};

// All functions give the same bits for the same arguments, whatever the machine; a row of a
// forward pass gives the same bits whatever the other rows of its batch.
struct Kernels {
  const char* name;  // Such as `x86-64-v3`.

  // z[r] = b + x[r] W, for z [B, S].
  void (*forward)(const LayerView& layer, const DenseRows& x, float* z, const Scratch& scratch);
  void (*forward_sparse)(const LayerView& layer, const SparseBatch& x, float* z,
                         const Scratch& scratch);

  // Replaces `count` pre-activations z, a multiple of `kRowPadding`, by their activations, and
  // writes the derivatives there to `slope` unless it is null.
  void (*activate)(Activation activation, int64_t count, float* z, float* slope);

  // Softmax cross-entropy of logits [B, S] against `labels` [B]: adds losses and correct
  // predictions to `sums`; then, unless `scale` is 0, replaces logits by (softmax - onehot) *
  // scale. A row with a logit that is not finite adds a loss that is not finite, and is not
  // correct.
  void (*softmax_cross_entropy)(int64_t rows, int64_t classes, int64_t stride, float* logits,
                                const int32_t* labels, float scale, LossSums* sums);

  // The scores of a whole narrow network on `labels` [B], added to `sums`: what `forward`,
  // `activate` and `softmax_cross_entropy` give layer by layer, but for rounding.
  void (*score_narrow)(const NarrowNetwork& network, const DenseRows& x, const int32_t* labels,
                       LossSums* sums);

  // What a narrow network takes each row for: the class, the first of the largest logits, to
  // `classes` [B], and its probability, NaN where a logit is not finite, to `confidence` [B].
  void (*classify_narrow)(const NarrowNetwork& network, const DenseRows& x, int32_t* classes,
                          float* confidence);

  // Adds the scores of a narrow network on a batch to `sums`, then changes the network by `rule`
  // for the gradient of `scale` * (sum of losses). `scratch` has `NarrowScratchFloats` floats.
  void (*train_narrow)(const NarrowNetwork& network, const NarrowBatch& batch, float scale,
                       const UpdateRule& rule, float* scratch, LossSums* sums);

  // Adds the scores of lane v over `examples` to sums[v]: w x is summed by ascending column (those
  // that are zero left out where the examples are sparse), each product rounded before it is added;
  // label 1 is predicted where that is 0 or more. The loss is the perceptron criterion: the
  // sum of |w x| over the examples on the wrong side or with a product that is not finite, in their
  // order. The same bits on every instruction set.
  void (*score_perceptrons)(const PerceptronPanel& panel, const Examples& examples, LossSums* sums);

  // dx[r, i] = slope[r, i] * sum_o delta[r, o] W[i, o], for dx and slope [B, dx_stride] and
  // delta [B, S]. Padding of dx becomes 0 (times slope).
  void (*backward)(const LayerView& layer, int64_t rows, const float* delta, const float* slope,
                   float* dx, int64_t dx_stride, const Scratch& scratch);

  // Changes weights and biases of `target` by `rule` for their gradients x^T delta and the column
  // sums of delta, for delta [B, S] with zeros in the padding. `update_sparse` must not be called
  // with more pixels than `entry_capacity`, unless the rule keeps what has no gradient.
  void (*update)(const LayerView& target, const DenseRows& x, const float* delta,
                 const UpdateRule& rule, const Scratch& scratch);
  void (*update_sparse)(const LayerView& target, const SparseBatch& x, const float* delta,
                        const UpdateRule& rule, const Scratch& scratch);

  // The functions below go over `count` floats, a multiple of `kRowPadding`.

  // values *= factors.
  void (*multiply)(int64_t count, const float* factors, float* values);

  // Changes values by `rule` for their gradient.
  void (*apply)(const UpdateRule& rule, int64_t count, const float* gradient, float* values);
};

// `width` rounded up to `kRowPadding`.
constexpr int64_t PaddedRow(int64_t width) {
  return (width + kRowPadding - 1) / kRowPadding * kRowPadding;
}

// Floats that `Scratch::products` needs for batches and layers of at most these sizes.
int64_t ProductScratchFloats(int64_t max_rows, int64_t max_inputs, int64_t max_outputs);

// Floats that `train_narrow` needs for batches of at most `max_rows`.
constexpr int64_t NarrowScratchFloats(int64_t layer_count, int64_t max_rows) {
  return (2 * layer_count + 2) * kNarrowWidth * PaddedRow(max_rows);
}

// The kernels for an instruction set; they live as long as the program. They must only be called
// where `IsSupported` says so.
const Kernels& KernelsFor(InstructionSet instruction_set);

// Whether this machine and its operating system can run an instruction set.
bool IsSupported(InstructionSet instruction_set);

// The largest instruction set this machine supports; x86-64-v2 where it supports none.
InstructionSet BestInstructionSet();

// The instruction set called `x86-64-v2`, `x86-64-v3` or `x86-64-v4`. InvalidArgument for another
// name.
absl::StatusOr<InstructionSet> ParseInstructionSet(absl::string_view name);

// The one that the environment variable PERCEPT_INSTRUCTION_SET names, the best one where it is
// unset or empty. InvalidArgument for an unknown name, FailedPrecondition for one this machine
// lacks (or a machine that lacks all).
absl::StatusOr<InstructionSet> ChosenInstructionSet();

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_KERNELS_KERNELS_H_
