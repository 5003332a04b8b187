#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "server/data/examples.h"
#include "tests/bench/ml/kernel_benchmarks.h"
#include "tests/bench/ml/layer_case.h"
#include "tests/bench/ml/roofline.h"
#include "tests/bench/ml/rule_case.h"

namespace percept::bench {
namespace {

// D inputs, H hidden units, K classes.
struct NetworkSize {
  int64_t inputs;
  int64_t hidden;
  int64_t classes;

  double products() const { return static_cast<double>((inputs + classes) * hidden); }
  double parameters() const {
    return static_cast<double>((inputs + 1) * hidden + (hidden + 1) * classes);
  }
  std::string name(int64_t rows) const {
    return absl::StrCat(inputs, "-", hidden, "-", classes, " tanh, ", rows, " examples");
  }
};

// Products, activations and softmax; inputs, labels and parameters are read.
Work NarrowWork(const NetworkSize& size, int64_t rows) {
  const auto examples = static_cast<double>(rows);
  const double activations = kElementaryFlops * static_cast<double>(size.hidden);
  const double inputs_and_labels = examples * static_cast<double>(size.inputs + 1);
  return DenseWork(
      examples * (2.0 * size.products() + activations) + SoftmaxFlops(rows, size.classes),
      inputs_and_labels + size.parameters(), 0.0);
}

// The same; then the products of the gradient, of all weights, and of the hidden layer's deltas;
// its slopes; and the update.
Work NarrowTrainingWork(const NetworkSize& size, int64_t rows, const RuleCost& cost) {
  const auto examples = static_cast<double>(rows);
  const double hidden = static_cast<double>(size.hidden);
  const double back = size.products() + hidden * static_cast<double>(size.classes);
  const double slopes = 3.0 * hidden;
  const double inputs_and_labels = examples * static_cast<double>(size.inputs + 1);
  const double flops = NarrowWork(size, rows).flops + examples * (2.0 * back + slopes) +
                       cost.flops * size.parameters();
  return DenseWork(flops, inputs_and_labels, cost.arrays * size.parameters());
}

// A network with one hidden layer and tanh, and examples to score or train on.
class NarrowCase {
 public:
  NarrowCase(const NetworkSize& size, int64_t rows)
      : size_(size),
        rows_(rows),
        parameters_(Filled(
            (size.inputs + 1) * hidden_stride() + (size.hidden + 1) * ml::PaddedRow(size.classes),
            0.01f)),
        inputs_(Filled(rows * size.inputs, 0.5f)),
        labels_(static_cast<size_t>(rows), 1),
        order_(static_cast<size_t>(rows)) {
    std::iota(order_.begin(), order_.end(), 0);
  }

  ml::NarrowNetwork network() {
    float* const last = parameters_.data() + (size_.inputs + 1) * hidden_stride();
    layers_[0] = ViewOf(size_.inputs, size_.hidden, parameters_.data());
    layers_[1] = ViewOf(size_.hidden, size_.classes, last);
    return {layers_, 2, Activation::kTanh, nullptr};
  }
  const ml::AlignedBuffer<float>& parameters() const { return parameters_; }
  ml::DenseRows inputs() const { return {rows_, inputs_.data(), size_.inputs}; }
  const int32_t* labels() const { return labels_.data(); }
  ml::NarrowBatch batch() const { return {inputs_.data(), labels(), order_.data(), rows_}; }

 private:
  int64_t hidden_stride() const { return ml::PaddedRow(size_.hidden); }

  static ml::LayerView ViewOf(int64_t inputs, int64_t outputs, float* weights) {
    const int64_t stride = ml::PaddedRow(outputs);
    return {inputs, outputs, stride, weights, weights + inputs * stride};
  }

  const NetworkSize size_;
  const int64_t rows_;
  ml::AlignedBuffer<float> parameters_;
  ml::AlignedBuffer<float> inputs_;
  std::vector<int32_t> labels_;
  std::vector<uint32_t> order_;
  ml::LayerView layers_[2];
};

void AddNarrowScore(const Subject& subject, const NetworkSize& size, int64_t rows) {
  const auto run = [&subject, size, rows](benchmark::State& state) {
    NarrowCase narrow(size, rows);
    ml::LossSums sums{};
    for (auto _ : state) {
      subject.kernels.score_narrow(narrow.network(), narrow.inputs(), narrow.labels(), &sums);
      benchmark::DoNotOptimize(sums);
    }
    SetRoofline(state, NarrowWork(size, rows), subject.peaks);
  };
  AddBenchmark(subject, "score_narrow", size.name(rows), run);
}

void AddNarrowTraining(const Subject& subject, const NetworkSize& size, int64_t rows,
                       const RuleCost& cost) {
  const auto run = [&subject, size, rows, cost](benchmark::State& state) {
    NarrowCase narrow(size, rows);
    RuleCase rule(cost, narrow.parameters().size(), narrow.parameters().data());
    ml::AlignedBuffer<float> scratch(ml::NarrowScratchFloats(2, rows));
    ml::LossSums sums{};
    for (auto _ : state) {
      subject.kernels.train_narrow(narrow.network(), narrow.batch(), 1.0f, rule.rule(),
                                   scratch.data(), &sums);
      benchmark::DoNotOptimize(sums);
    }
    SetRoofline(state, NarrowTrainingWork(size, rows, cost), subject.peaks);
  };
  AddBenchmark(subject, absl::StrCat("train_narrow by ", cost.name), size.name(rows), run);
}

// Inputs that count: those that are not zero, where the examples are sparse.
double InputsOf(const Examples& examples) {
  if (examples.is_sparse()) return static_cast<double>(examples.sparse.row_start[examples.count]);
  return static_cast<double>(examples.count * examples.inputs);
}

// A multiplication and an addition of doubles for each input and weight vector; each input meets a
// row of weights.
Work PerceptronWork(const Examples& examples, int64_t lanes) {
  const double inputs = InputsOf(examples);
  const double row_bytes = sizeof(double) * static_cast<double>(lanes);
  const double input_bytes = inputs * (examples.is_sparse() ? kBytesOfPixel : sizeof(float));
  const double moved = input_bytes + sizeof(int32_t) * static_cast<double>(examples.count) +
                       static_cast<double>(examples.inputs) * row_bytes;
  return {.flops = kFlopsOfDouble * 2.0 * inputs * static_cast<double>(lanes),
          .working_set_bytes = moved,
          .moved_bytes = moved,
          .traffic_bytes = input_bytes + inputs * row_bytes};
}

void AddPerceptrons(const Subject& subject, const std::string& name, const Examples& examples,
                    int64_t lanes) {
  const auto run = [&subject, examples, lanes](benchmark::State& state) {
    ml::AlignedBuffer<double> weights(examples.inputs * lanes);
    std::fill_n(weights.data(), weights.size(), 0.5);
    const ml::PerceptronPanel panel{examples.inputs, lanes, weights.data()};
    std::vector<ml::LossSums> sums(static_cast<size_t>(lanes));
    for (auto _ : state) {
      subject.kernels.score_perceptrons(panel, examples, sums.data());
      benchmark::DoNotOptimize(sums.data());
    }
    SetRoofline(state, PerceptronWork(examples, lanes), subject.peaks);
  };
  AddBenchmark(subject, "score_perceptrons",
               absl::StrCat(lanes, " on ", name, ", ", examples.count, " examples"), run);
}

}  // namespace

void RegisterNetworkKernels(const Subject& subject, const BenchData& data) {
  AddNarrowScore(subject, {2, 3, 2}, 200);
  AddNarrowScore(subject, {2, 16, 3}, 400);
  for (const RuleCost& cost : {kDescent, kAdam}) {
    AddNarrowTraining(subject, {2, 3, 2}, 5, cost);
    AddNarrowTraining(subject, {2, 16, 3}, 100, cost);
  }
  const auto train = data::SplitKind::kTrain;
  for (const int64_t lanes : {8, 32}) {
    AddPerceptrons(subject, "MNIST 1 vs 0", ExamplesOf(data.ones_and_zeros, train), lanes);
    AddPerceptrons(subject, "xor", ExamplesOf(data.xor_points, train), lanes);
  }
}

}  // namespace percept::bench
