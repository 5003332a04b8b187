#include <algorithm>
#include <string>

#include "tests/bench/ml/eigen_products.h"
#include "tests/bench/ml/kernel_benchmarks.h"
#include "tests/bench/ml/layer_case.h"
#include "tests/bench/ml/roofline.h"
#include "tests/bench/ml/rule_case.h"

namespace percept::bench {
namespace {

// The layers after a sparse first one in training, and those of the network for xor.
constexpr LayerSize kTrained[] = {
    {2, 3, 5}, {3, 2, 5}, {64, 10, 100}, {512, 512, 128}, {512, 10, 128}};

// The same when blocks of rows are evaluated.
constexpr LayerSize kEvaluated[] = {{64, 10, 256}, {512, 512, 256}, {512, 10, 256}};

// Of a product of B x I x O.
double ProductFlops(const LayerSize& size) {
  return 2.0 * static_cast<double>(size.rows * size.inputs * size.outputs);
}

// Numbers in a matrix or row of the layer.
struct Floats {
  explicit Floats(const LayerSize& size)
      : x(static_cast<double>(size.rows * size.inputs)),
        y(static_cast<double>(size.rows * size.outputs)),
        parameters(static_cast<double>((size.inputs + 1) * size.outputs)) {}
  double x, y, parameters;
};

void Forward(benchmark::State& state, const Subject& subject, const LayerSize& size) {
  LayerCase layer(size);
  const int64_t stride = ml::PaddedRow(size.inputs);
  const auto inputs = Filled(size.rows * stride, 0.5f);
  const ml::DenseRows x{size.rows, inputs.data(), stride};
  for (auto _ : state) {
    subject.kernels.forward(layer.layer(), x, layer.outputs(), layer.scratch());
    benchmark::ClobberMemory();
  }
  const Floats floats(size);
  SetRoofline(state, DenseWork(ProductFlops(size), floats.x + floats.parameters + floats.y, 0.0),
              subject.peaks);
}

void Backward(benchmark::State& state, const Subject& subject, const LayerSize& size) {
  LayerCase layer(size);
  const int64_t stride = ml::PaddedRow(size.inputs);
  const auto slopes = Filled(size.rows * stride, 0.5f);
  auto dx = Filled(size.rows * stride, 0.0f);
  for (auto _ : state) {
    subject.kernels.backward(layer.layer(), size.rows, layer.outputs(), slopes.data(), dx.data(),
                             stride, layer.scratch());
    benchmark::ClobberMemory();
  }
  const Floats floats(size);
  SetRoofline(state,
              DenseWork(ProductFlops(size), floats.y + floats.parameters + 2.0 * floats.x, 0.0),
              subject.peaks);
}

void AddUpdate(const Subject& subject, const LayerSize& size, const RuleCost& cost) {
  const auto run = [&subject, size, cost](benchmark::State& state) {
    LayerCase layer(size);
    RuleCase rule(cost, layer.parameters().size(), layer.parameters().data());
    const int64_t stride = ml::PaddedRow(size.inputs);
    const auto inputs = Filled(size.rows * stride, 0.5f);
    const ml::DenseRows x{size.rows, inputs.data(), stride};
    for (auto _ : state) {
      subject.kernels.update(layer.layer(), x, layer.outputs(), rule.rule(), layer.scratch());
      benchmark::ClobberMemory();
    }
    const Floats floats(size);
    SetRoofline(state,
                DenseWork(ProductFlops(size) + cost.flops * floats.parameters, floats.x + floats.y,
                          cost.arrays * floats.parameters),
                subject.peaks);
  };
  AddBenchmark(subject, absl::StrCat("update by ", cost.name), size.name(), run);
}

void ByEigen(benchmark::State& state, const Subject& subject, const LayerSize& size,
             void (EigenProducts::*product)(const float*, const float*, float*) const) {
  const EigenProducts products{size.rows, size.inputs, size.outputs};
  // Any of the three matrices fits into each.
  const int64_t floats = std::max({size.rows, size.inputs}) * std::max(size.inputs, size.outputs);
  const auto left = Filled(floats, 0.5f);
  const auto right = Filled(floats, 0.5f);
  auto result = Filled(floats, 0.0f);
  for (auto _ : state) {
    (products.*product)(left.data(), right.data(), result.data());
    benchmark::ClobberMemory();
  }
  const Floats counts(size);
  SetRoofline(state, DenseWork(ProductFlops(size), counts.x + counts.parameters + counts.y, 0.0),
              subject.peaks);
}

}  // namespace

void RegisterEigenProducts(const Subject& subject) {
  const LayerSize size = {512, 512, 128};
  const auto add = [&subject, &size](const std::string& what, auto product) {
    benchmark::RegisterBenchmark(absl::StrCat("Eigen/", what, "/", size.name()).c_str(),
                                 [&subject, size, product](benchmark::State& state) {
                                   ByEigen(state, subject, size, product);
                                 })
        ->Unit(benchmark::kMicrosecond);
  };
  add("forward", &EigenProducts::Forward);
  add("backward", &EigenProducts::Backward);
  add("update", &EigenProducts::Update);
}

void RegisterDenseKernels(const Subject& subject) {
  const auto add = [&subject](const char* what, const LayerSize& size, auto run) {
    AddBenchmark(subject, what, size.name(),
                 [&subject, size, run](benchmark::State& state) { run(state, subject, size); });
  };
  for (const LayerSize& size : kTrained) {
    add("forward", size, Forward);
    add("backward", size, Backward);
    for (const RuleCost& cost : {kDescent, kAdam}) AddUpdate(subject, size, cost);
  }
  for (const LayerSize& size : kEvaluated) add("forward", size, Forward);
}

}  // namespace percept::bench
