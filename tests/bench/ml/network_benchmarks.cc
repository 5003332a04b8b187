#include <algorithm>
#include <string>
#include <vector>

#include "server/data/examples.h"
#include "tests/bench/ml/kernel_benchmarks.h"
#include "tests/bench/ml/layer_case.h"
#include "tests/bench/ml/roofline.h"

namespace percept::bench {
namespace {

// D inputs, H hidden units, K classes.
struct NetworkSize {
  int64_t inputs;
  int64_t hidden;
  int64_t classes;
};

// Products, activations and softmax; inputs, labels and parameters are read.
Work NarrowWork(const NetworkSize& size, int64_t rows) {
  const auto examples = static_cast<double>(rows);
  const auto products = static_cast<double>((size.inputs + size.classes) * size.hidden);
  const auto parameters =
      static_cast<double>((size.inputs + 1) * size.hidden + (size.hidden + 1) * size.classes);
  const double activations = kElementaryFlops * static_cast<double>(size.hidden);
  const double inputs_and_labels = examples * static_cast<double>(size.inputs + 1);
  return DenseWork(examples * (2.0 * products + activations) + SoftmaxFlops(rows, size.classes),
                   inputs_and_labels + parameters, 0.0);
}

void AddNarrow(const Subject& subject, const NetworkSize& size, int64_t rows) {
  const auto run = [&subject, size, rows](benchmark::State& state) {
    LayerCase hidden({size.inputs, size.hidden, rows});
    LayerCase last({size.hidden, size.classes, rows});
    const ml::LayerView layers[] = {hidden.layer(), last.layer()};
    const ml::NarrowNetwork network{layers, 2, Activation::kTanh, nullptr};
    const auto inputs = Filled(rows * size.inputs, 0.5f);
    const std::vector<int32_t> labels(static_cast<size_t>(rows), 1);
    ml::LossSums sums{};
    for (auto _ : state) {
      subject.kernels.score_narrow(network, {rows, inputs.data(), size.inputs}, labels.data(),
                                   &sums);
      benchmark::DoNotOptimize(sums);
    }
    SetRoofline(state, NarrowWork(size, rows), subject.peaks);
  };
  AddBenchmark(
      subject, "score_narrow",
      absl::StrCat(size.inputs, "-", size.hidden, "-", size.classes, " tanh, ", rows, " examples"),
      run);
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
  AddNarrow(subject, {2, 3, 2}, 200);
  AddNarrow(subject, {2, 16, 3}, 400);
  const auto train = data::SplitKind::kTrain;
  for (const int64_t lanes : {8, 32}) {
    AddPerceptrons(subject, "MNIST 1 vs 0", ExamplesOf(data.ones_and_zeros, train), lanes);
    AddPerceptrons(subject, "xor", ExamplesOf(data.xor_points, train), lanes);
  }
}

}  // namespace percept::bench
