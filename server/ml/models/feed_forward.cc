#include "server/ml/models/feed_forward.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "server/base/status.h"
#include "server/ml/flush_denormals.h"
#include "server/ml/initialization.h"
#include "server/ml/models/feed_forward_copy.h"
#include "server/ml/models/state_bytes.h"

namespace percept::ml {
namespace {

// Rows that pass through the network together; larger batches go in pieces.
constexpr int64_t kMaxRows = 1024;

int64_t RowsAtOnce(int32_t max_batch) { return std::clamp<int64_t>(max_batch, 1, kMaxRows); }

// Whether dense batches are trained on by the kernel for narrow networks. Beyond these widths, the
// general way by layers is faster.
bool TrainsNarrow(const FeedForwardLayout& layout, int32_t max_batch) {
  constexpr int64_t kWidth = 12;
  return layout.width() <= kWidth && 0 < max_batch && max_batch <= kNarrowRows;
}

}  // namespace

FeedForward::FeedForward(FeedForwardNetwork network, const TrainingSpec& training,
                         int32_t max_batch, const Kernels& kernels)
    : network_(std::move(network)),
      kernels_(kernels),
      parameters_(network_.layout.floats()),
      views_(network_.layout.Views(parameters_.data())),
      optimizer_(training, network_.layout.floats()),
      workspace_(network_, RowsAtOnce(max_batch)) {
  if (TrainsNarrow(network_.layout, max_batch)) {
    narrow_scratch_ = AlignedBuffer<float>(NarrowScratchFloats(std::ssize(views_), max_batch));
  }
  if (max_batch > workspace_.rows()) HoldGradient();
}

void FeedForward::Draw(Initialization initialization, uint64_t seed) {
  int number = 0;
  for (const FeedForwardLayout::Layer& layer : network_.layout.layers()) {
    DrawLayer(initialization, seed, number++, network_.layout.View(layer, parameters_.data()));
  }
}

Score FeedForward::TrainBatch(const Examples& examples, absl::Span<const uint32_t> rows,
                              double learning_rate) {
  const int64_t count = static_cast<int64_t>(rows.size());
  if (count == 0) return {};
  const FlushDenormals flush_denormals;
  const float scale = 1.0f / static_cast<float>(count);
  LossSums sums{0, 0.0};
  if (examples.is_sparse()) {
    workspace_.PrepareSparse(examples.inputs);
    if (FeedForwardWorkspace::MayOverflow(network_, workspace_.rows())) HoldGradient();
  }
  const UpdateRule rule = optimizer_.Next(parameters_.data(), learning_rate);
  if (!narrow_scratch_.empty() && !examples.is_sparse()) {
    kernels_.train_narrow(network_.Narrow(views_),
                          {examples.dense, examples.labels, rows.data(), count}, scale, rule,
                          narrow_scratch_.data(), &sums);
    return {count, sums.correct, sums.loss};
  }
  const Batch batch{&examples, rows.data(), 0, count};
  if (workspace_.Holds(batch)) {
    // The gradient is never held: each element changes its parameter as soon as it is known.
    Pass(batch, scale, rule, parameters_.data(), sums);
  } else {
    SumGradient(examples, rows, scale, sums);
    kernels_.apply(rule, parameters_.size(), gradient_.data(), parameters_.data());
  }
  return {count, sums.correct, sums.loss};
}

std::unique_ptr<ModelCopy> FeedForward::NewCopy() const {
  return std::make_unique<FeedForwardCopy>(network_, kernels_);
}

void FeedForward::ImportParameters(absl::Span<const char> bytes) {
  network_.layout.Import(bytes, parameters_.data());
}

void FeedForward::CopyTo(ModelCopy& copy) const {
  static_cast<FeedForwardCopy&>(copy).SetParameters(parameters_);
}

// The parameters, the optimiser's moments laid out as these, and the powers of its betas.
void FeedForward::ExportState(absl::Span<char> bytes) const {
  const size_t tensor_bytes = network_.layout.ExportBytes();
  network_.layout.Export(parameters_.data(), bytes.first(tensor_bytes));
  bytes.remove_prefix(tensor_bytes);
  for (int number = 0; number < OptimizerBuffers(optimizer_.kind()); ++number) {
    network_.layout.Export(optimizer_.moments(number).data(), bytes.first(tensor_bytes));
    bytes.remove_prefix(tensor_bytes);
  }
  std::memcpy(bytes.data(), &optimizer_.beta_powers(), sizeof(Optimizer::BetaPowers));
}

absl::Status FeedForward::ImportState(absl::Span<const char> bytes) {
  const size_t tensor_bytes = network_.layout.ExportBytes();
  const int64_t wanted = StateBytes(static_cast<int64_t>(tensor_bytes), optimizer_.kind());
  PERCEPT_RETURN_IF_ERROR(CheckStateBytes(wanted, bytes));
  network_.layout.Import(bytes.first(tensor_bytes), parameters_.data());
  bytes.remove_prefix(tensor_bytes);
  for (int number = 0; number < OptimizerBuffers(optimizer_.kind()); ++number) {
    network_.layout.Import(bytes.first(tensor_bytes), optimizer_.moments(number).data());
    bytes.remove_prefix(tensor_bytes);
  }
  Optimizer::BetaPowers powers;
  std::memcpy(&powers, bytes.data(), sizeof(powers));
  optimizer_.set_beta_powers(powers);
  return absl::OkStatus();
}

int64_t FeedForward::StateBytes(int64_t parameter_bytes, OptimizerKind optimizer) {
  return (1 + OptimizerBuffers(optimizer)) * parameter_bytes +
         static_cast<int64_t>(sizeof(Optimizer::BetaPowers));
}

int64_t FeedForward::MemoryBytes(const FeedForwardNetwork& network, const TrainingSpec& training,
                                 int32_t max_batch) {
  const int64_t rows = RowsAtOnce(max_batch);
  const bool holds_gradient = max_batch > rows || FeedForwardWorkspace::MayOverflow(network, rows);
  const int64_t buffers = 1 + (holds_gradient ? 1 : 0) + OptimizerBuffers(training.optimizer);
  int64_t floats = buffers * network.layout.floats();
  if (TrainsNarrow(network.layout, max_batch)) {
    floats += NarrowScratchFloats(std::ssize(network.layout.layers()), max_batch);
  }
  for (const FeedForwardLayout::Layer& layer : network.layout.layers()) {
    floats += DrawingFloats(layer.inputs);
  }
  return floats * static_cast<int64_t>(sizeof(float)) +
         FeedForwardWorkspace::MemoryBytes(network, rows);
}

void FeedForward::HoldGradient() {
  if (gradient_.empty()) gradient_ = AlignedBuffer<float>(parameters_.size());
}

void FeedForward::SumGradient(const Examples& examples, absl::Span<const uint32_t> rows,
                              float scale, LossSums& sums) {
  std::fill_n(gradient_.data(), gradient_.size(), 0.0f);
  const int64_t count = static_cast<int64_t>(rows.size());
  for (int64_t first = 0; first < count; first += workspace_.rows()) {
    const int64_t piece = std::min(workspace_.rows(), count - first);
    Pass({&examples, rows.data() + first, 0, piece}, scale, UpdateRule::Accumulation(),
         gradient_.data(), sums);
  }
}

// Takes a batch through the network and back, and changes `target`, laid out as the parameters and
// possibly the same, by `rule` for the gradient of `scale` * (sum of losses).
void FeedForward::Pass(const Batch& batch, float scale, const UpdateRule& rule, float* target,
                       LossSums& sums) {
  const absl::Span<const FeedForwardLayout::Layer> layers = network_.layout.layers();
  const size_t last = layers.size() - 1;
  const int64_t stride = layers[last].stride;
  DenseRows x{};
  if (!batch.examples->is_sparse()) x = workspace_.GatherInputs(batch, layers.front().inputs);
  float* const scores = Forward(batch, x);
  kernels_.softmax_cross_entropy(batch.count, layers[last].outputs, stride, scores,
                                 workspace_.GatherLabels(batch), scale, &sums);
  if (network_.output_activation.has_value()) {
    kernels_.multiply(batch.count * stride, workspace_.slopes(last), scores);
  }
  Backward(batch, x, rule, target);
}

// Returns the scores, which lie where the deltas of the last layer belong.
float* FeedForward::Forward(const Batch& batch, const DenseRows& x) {
  const absl::Span<const FeedForwardLayout::Layer> layers = network_.layout.layers();
  const Scratch scratch = workspace_.scratch();
  const size_t last = layers.size() - 1;
  for (size_t l = 0; l <= last; ++l) {
    const LayerView layer = network_.layout.View(layers[l], parameters_.data());
    float* const z = l == last ? workspace_.deltas(l) : workspace_.hidden(l);
    if (l > 0) {
      kernels_.forward(layer, HiddenRows(batch, l - 1), z, scratch);
    } else if (batch.examples->is_sparse()) {
      kernels_.forward_sparse(layer, batch.sparse(), z, scratch);
    } else {
      kernels_.forward(layer, x, z, scratch);
    }
    const std::optional<Activation> activation =
        l == last ? network_.output_activation : network_.hidden_activation;
    if (activation.has_value()) {
      kernels_.activate(*activation, batch.count * layer.stride, z, workspace_.slopes(l));
    }
  }
  return workspace_.deltas(last);
}

// From the last layer to the first: the deltas of the layer before need the weights as they were,
// so they come before the update.
void FeedForward::Backward(const Batch& batch, const DenseRows& x, const UpdateRule& rule,
                           float* target) {
  const absl::Span<const FeedForwardLayout::Layer> layers = network_.layout.layers();
  const Scratch scratch = workspace_.scratch();
  for (size_t l = layers.size() - 1; l > 0; --l) {
    kernels_.backward(network_.layout.View(layers[l], parameters_.data()), batch.count,
                      workspace_.deltas(l), workspace_.slopes(l - 1), workspace_.deltas(l - 1),
                      layers[l - 1].stride, scratch);
    kernels_.update(network_.layout.View(layers[l], target), HiddenRows(batch, l - 1),
                    workspace_.deltas(l), rule, scratch);
  }
  const LayerView first = network_.layout.View(layers.front(), target);
  if (batch.examples->is_sparse()) {
    kernels_.update_sparse(first, batch.sparse(), workspace_.deltas(0), rule, scratch);
  } else {
    kernels_.update(first, x, workspace_.deltas(0), rule, scratch);
  }
}

DenseRows FeedForward::HiddenRows(const Batch& batch, size_t l) {
  return {batch.count, workspace_.hidden(l), network_.layout.layers()[l].stride};
}

}  // namespace percept::ml
