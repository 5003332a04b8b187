#include <vector>

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

}  // namespace

void RegisterNetworkKernels(const Subject& subject) {
  AddNarrow(subject, {2, 3, 2}, 200);
  AddNarrow(subject, {2, 16, 3}, 400);
}

}  // namespace percept::bench
