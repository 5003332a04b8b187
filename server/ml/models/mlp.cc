#include "server/ml/models/mlp.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "server/base/status.h"
#include "server/ml/aligned_buffer.h"
#include "server/ml/initialization.h"
#include "server/ml/models/mlp_layout.h"
#include "server/ml/optimizer.h"

namespace percept::ml {
namespace {

// Rows that pass through the network together; larger batches go in pieces. A piece of an
// evaluation has outputs that stay in the L2 cache.
constexpr int64_t kMaxTrainingRows = 1024;
constexpr int64_t kEvaluationRows = 256;

// Room for sorted pixels of a batch; a batch with more is sorted in pieces.
constexpr int64_t kMaxEntries = int64_t{1} << 18;

int64_t TrainingRows(int32_t max_batch) {
  return std::clamp<int64_t>(max_batch, 1, kMaxTrainingRows);
}

int64_t EntryCapacity(int64_t rows, int64_t inputs) {
  return std::max(inputs, std::min(rows * inputs, kMaxEntries));
}

// A network without its parameters; what a model and its copies have in common.
struct Network {
  MlpLayout layout;
  Activation activation;
  const Kernels* kernels;
};

// Rows of examples that pass together: those that `indices` names, or those from `first` on.
struct Batch {
  const Examples* examples;
  const uint32_t* indices;
  int64_t first;
  int64_t count;

  SparseBatch sparse() const { return {examples->sparse, indices, first, count}; }
};

class MlpCopy final : public ModelCopy {
 public:
  explicit MlpCopy(const Network& network)
      : network_(network),
        parameters_(network.layout.floats()),
        products_(network.layout.ScratchFloats(kEvaluationRows)),
        cursors_(kEvaluationRows) {
    for (auto& outputs : outputs_) {
      outputs = AlignedBuffer<float>(kEvaluationRows * network.layout.widest_stride());
    }
  }

  Score Evaluate(const Examples& examples) override {
    LossSums sums{0, 0.0};
    for (int64_t first = 0; first < examples.count; first += kEvaluationRows) {
      EvaluateBlock({&examples, nullptr, first, std::min(kEvaluationRows, examples.count - first)},
                    sums);
    }
    return {examples.count, sums.correct, sums.loss};
  }

  void ExportParameters(absl::Span<char> bytes) const override {
    network_.layout.Export(parameters_.data(), bytes);
  }

  void ImportParameters(absl::Span<const char> bytes) {
    network_.layout.Import(bytes, parameters_.data());
  }

  void SetParameters(const AlignedBuffer<float>& parameters) {
    std::memcpy(parameters_.data(), parameters.data(), parameters.size() * sizeof(float));
  }

  static int64_t MemoryBytes(const MlpLayout& layout) {
    return sizeof(float) * (layout.floats() + layout.ScratchFloats(kEvaluationRows) +
                            2 * kEvaluationRows * layout.widest_stride()) +
           sizeof(uint32_t) * kEvaluationRows;
  }

 private:
  void EvaluateBlock(const Batch& batch, LossSums& sums) {
    const Kernels& kernels = *network_.kernels;
    const absl::Span<const MlpLayout::Layer> layers = network_.layout.layers();
    const Scratch scratch{products_.data(), cursors_.data(), nullptr, nullptr, 0};
    float* outputs = outputs_[0].data();
    float* next_outputs = outputs_[1].data();
    const LayerView first = network_.layout.View(layers.front(), parameters_.data());
    if (batch.examples->is_sparse()) {
      kernels.forward_sparse(first, batch.sparse(), outputs, scratch);
    } else {
      const float* const x = batch.examples->dense + batch.first * first.inputs;
      kernels.forward(first, {batch.count, x, first.inputs}, outputs, scratch);
    }
    for (size_t l = 1; l < layers.size(); ++l) {
      const int64_t stride = layers[l - 1].stride;
      kernels.activate(network_.activation, batch.count * stride, outputs, nullptr);
      kernels.forward(network_.layout.View(layers[l], parameters_.data()),
                      {batch.count, outputs, stride}, next_outputs, scratch);
      std::swap(outputs, next_outputs);
    }
    kernels.softmax_cross_entropy(batch.count, layers.back().outputs, layers.back().stride, outputs,
                                  batch.examples->labels + batch.first, 0.0f, &sums);
  }

  const Network network_;
  AlignedBuffer<float> parameters_;
  AlignedBuffer<float> outputs_[2];  // [kEvaluationRows, widest stride] each, by turns.
  AlignedBuffer<float> products_;
  AlignedBuffer<uint32_t> cursors_;
};

// What one pass of up to R rows through the network writes.
class TrainingWorkspace {
 public:
  TrainingWorkspace(const MlpLayout& layout, int64_t rows)
      : rows_(rows), products_(layout.ScratchFloats(rows)), cursors_(rows), labels_(rows) {
    for (size_t l = 0; l + 1 < layout.layers().size(); ++l) {
      const int64_t floats = rows * layout.layers()[l].stride;
      hidden_.push_back({AlignedBuffer<float>(floats), AlignedBuffer<float>(floats)});
    }
    for (auto& deltas : deltas_) deltas = AlignedBuffer<float>(rows * layout.widest_stride());
  }

  // Upper bound of what a workspace takes, for dense and sparse examples together.
  static int64_t MemoryBytes(const MlpLayout& layout, int64_t rows) {
    int64_t floats = layout.ScratchFloats(rows) + 2 * rows * layout.widest_stride();
    for (size_t l = 0; l + 1 < layout.layers().size(); ++l) {
      floats += 2 * rows * layout.layers()[l].stride;
    }
    const int64_t inputs = layout.layers().front().inputs;
    floats += rows * inputs;
    const int64_t integers = 2 * rows + inputs + 1 + EntryCapacity(rows, inputs);
    return sizeof(float) * floats + sizeof(uint32_t) * integers;
  }

  int64_t rows() const { return rows_; }

  // Outputs of hidden layer l, and the derivatives of its activation: [R, stride] each.
  float* hidden(size_t l) { return hidden_[l].outputs.data(); }
  float* slopes(size_t l) { return hidden_[l].slopes.data(); }

  // Derivatives of the loss by the pre-activations of layer l: [R, stride]; those of layers l and
  // l - 1 are apart.
  float* deltas(size_t l) { return deltas_[l % 2].data(); }

  Scratch scratch() {
    return {products_.data(), cursors_.data(), column_start_.data(), entries_.data(),
            entries_.size()};
  }

  // Takes what only sparse examples need.
  void PrepareSparse(int64_t inputs) {
    if (!entries_.empty()) return;
    column_start_ = AlignedBuffer<uint32_t>(inputs + 1);
    entries_ = AlignedBuffer<uint32_t>(EntryCapacity(rows_, inputs));
  }

  // The inputs of a batch of dense examples, put together.
  DenseRows GatherInputs(const Batch& batch, int64_t inputs) {
    if (inputs_.empty()) inputs_ = AlignedBuffer<float>(rows_ * inputs);
    float* to = inputs_.data();
    for (int64_t r = 0; r < batch.count; ++r, to += inputs) {
      std::copy_n(batch.examples->dense + batch.indices[r] * inputs, inputs, to);
    }
    return {batch.count, inputs_.data(), inputs};
  }

  const int32_t* GatherLabels(const Batch& batch) {
    for (int64_t r = 0; r < batch.count; ++r) {
      labels_.data()[r] = batch.examples->labels[batch.indices[r]];
    }
    return labels_.data();
  }

 private:
  struct Hidden {
    AlignedBuffer<float> outputs;
    AlignedBuffer<float> slopes;
  };

  const int64_t rows_;
  std::vector<Hidden> hidden_;
  AlignedBuffer<float> deltas_[2];
  AlignedBuffer<float> products_;
  AlignedBuffer<uint32_t> cursors_;
  AlignedBuffer<int32_t> labels_;
  AlignedBuffer<float> inputs_;           // Dense examples only.
  AlignedBuffer<uint32_t> column_start_;  // Sparse examples only, as are entries_.
  AlignedBuffer<uint32_t> entries_;
};

class Mlp final : public Model {
 public:
  Mlp(Network network, std::unique_ptr<Optimizer> optimizer, int64_t rows)
      : network_(std::move(network)),
        optimizer_(std::move(optimizer)),
        parameters_(network_.layout.floats()),
        workspace_(network_.layout, rows) {}

  void Draw(Initialization initialization, uint64_t seed) {
    int number = 0;
    for (const MlpLayout::Layer& layer : network_.layout.layers()) {
      DrawLayer(initialization, seed, number++, network_.layout.View(layer, parameters_.data()));
    }
  }

  Score TrainBatch(const Examples& examples, absl::Span<const uint32_t> rows,
                   double learning_rate) override {
    const int64_t count = static_cast<int64_t>(rows.size());
    if (count == 0) return {};
    const float scale = 1.0f / static_cast<float>(count);
    LossSums sums{0, 0.0};
    if (examples.is_sparse()) workspace_.PrepareSparse(examples.inputs);
    if (count <= workspace_.rows() && optimizer_->is_plain_descent()) {
      // The gradient is never held: each piece goes into the parameters as soon as it is known.
      Pass({&examples, rows.data(), 0, count}, scale, static_cast<float>(learning_rate),
           parameters_.data(), sums);
    } else {
      SumGradient(examples, rows, scale, sums);
      optimizer_->Update({parameters_.data(), static_cast<size_t>(parameters_.size())},
                         {gradient_.data(), static_cast<size_t>(gradient_.size())}, learning_rate);
    }
    return {count, sums.correct, sums.loss};
  }

  std::unique_ptr<ModelCopy> NewCopy() const override {
    return std::make_unique<MlpCopy>(network_);
  }

  void ImportParameters(absl::Span<const char> bytes) override {
    network_.layout.Import(bytes, parameters_.data());
  }

  void CopyTo(ModelCopy& copy) const override {
    static_cast<MlpCopy&>(copy).SetParameters(parameters_);
  }

 private:
  void SumGradient(const Examples& examples, absl::Span<const uint32_t> rows, float scale,
                   LossSums& sums) {
    if (gradient_.empty()) gradient_ = AlignedBuffer<float>(parameters_.size());
    std::fill_n(gradient_.data(), gradient_.size(), 0.0f);
    const int64_t count = static_cast<int64_t>(rows.size());
    for (int64_t first = 0; first < count; first += workspace_.rows()) {
      const int64_t piece = std::min(workspace_.rows(), count - first);
      Pass({&examples, rows.data() + first, 0, piece}, scale, -1.0f, gradient_.data(), sums);
    }
  }

  // Takes a batch through the network and back, and subtracts `rate` times the gradient of
  // `scale` * (sum of losses) from `target`, laid out as the parameters and possibly the same.
  void Pass(const Batch& batch, float scale, float rate, float* target, LossSums& sums) {
    const absl::Span<const MlpLayout::Layer> layers = network_.layout.layers();
    DenseRows x{};
    if (!batch.examples->is_sparse()) x = workspace_.GatherInputs(batch, layers.front().inputs);
    float* const logits = Forward(batch, x);
    network_.kernels->softmax_cross_entropy(batch.count, layers.back().outputs,
                                            layers.back().stride, logits,
                                            workspace_.GatherLabels(batch), scale, &sums);
    Backward(batch, x, rate, target);
  }

  // Returns the logits, which lie where the deltas of the last layer belong.
  float* Forward(const Batch& batch, const DenseRows& x) {
    const Kernels& kernels = *network_.kernels;
    const absl::Span<const MlpLayout::Layer> layers = network_.layout.layers();
    const Scratch scratch = workspace_.scratch();
    const size_t last = layers.size() - 1;
    for (size_t l = 0; l <= last; ++l) {
      const LayerView layer = network_.layout.View(layers[l], parameters_.data());
      float* const z = l == last ? workspace_.deltas(l) : workspace_.hidden(l);
      if (l > 0) {
        kernels.forward(layer, HiddenRows(batch, l - 1), z, scratch);
      } else if (batch.examples->is_sparse()) {
        kernels.forward_sparse(layer, batch.sparse(), z, scratch);
      } else {
        kernels.forward(layer, x, z, scratch);
      }
      if (l < last) {
        kernels.activate(network_.activation, batch.count * layer.stride, z, workspace_.slopes(l));
      }
    }
    return workspace_.deltas(last);
  }

  // From the last layer to the first: the deltas of the layer before need the weights as they were,
  // so they come before the update.
  void Backward(const Batch& batch, const DenseRows& x, float rate, float* target) {
    const Kernels& kernels = *network_.kernels;
    const absl::Span<const MlpLayout::Layer> layers = network_.layout.layers();
    const Scratch scratch = workspace_.scratch();
    for (size_t l = layers.size() - 1; l > 0; --l) {
      kernels.backward(network_.layout.View(layers[l], parameters_.data()), batch.count,
                       workspace_.deltas(l), workspace_.slopes(l - 1), workspace_.deltas(l - 1),
                       layers[l - 1].stride, scratch);
      kernels.update(network_.layout.View(layers[l], target), HiddenRows(batch, l - 1),
                     workspace_.deltas(l), rate, scratch);
    }
    const LayerView first = network_.layout.View(layers.front(), target);
    if (batch.examples->is_sparse()) {
      kernels.update_sparse(first, batch.sparse(), workspace_.deltas(0), rate, scratch);
    } else {
      kernels.update(first, x, workspace_.deltas(0), rate, scratch);
    }
  }

  DenseRows HiddenRows(const Batch& batch, size_t l) {
    return {batch.count, workspace_.hidden(l), network_.layout.layers()[l].stride};
  }

  const Network network_;
  const std::unique_ptr<Optimizer> optimizer_;
  AlignedBuffer<float> parameters_;
  AlignedBuffer<float> gradient_;  // Empty until a batch needs it.
  TrainingWorkspace workspace_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Model>> CreateMlp(const ModelSpec& spec,
                                                 const TrainingSpec& training, ModelShape shape,
                                                 uint64_t seed, int32_t max_batch,
                                                 const Kernels& kernels) {
  PERCEPT_ASSIGN_OR_RETURN(std::unique_ptr<Optimizer> optimizer,
                           CreateOptimizer(training, kernels));
  auto mlp = std::make_unique<Mlp>(Network{MlpLayout(spec, shape), spec.activation, &kernels},
                                   std::move(optimizer), TrainingRows(max_batch));
  mlp->Draw(spec.initialization, seed);
  return mlp;
}

std::unique_ptr<ModelCopy> LoadMlp(const ModelSpec& spec, ModelShape shape,
                                   absl::Span<const char> parameters, const Kernels& kernels) {
  auto copy = std::make_unique<MlpCopy>(Network{MlpLayout(spec, shape), spec.activation, &kernels});
  copy->ImportParameters(parameters);
  return copy;
}

int64_t EstimateMlpMemory(const ModelSpec& spec, const TrainingSpec& /*training*/, ModelShape shape,
                          int32_t max_batch, int copies) {
  const MlpLayout layout(spec, shape);
  const int64_t rows = TrainingRows(max_batch);
  const int64_t buffers = max_batch > rows ? 2 : 1;  // Parameters; gradient of large batches.
  return buffers * layout.floats() * static_cast<int64_t>(sizeof(float)) +
         TrainingWorkspace::MemoryBytes(layout, rows) + copies * MlpCopy::MemoryBytes(layout);
}

}  // namespace percept::ml
