#include <vector>

#include "tests/bench/ml/kernel_benchmarks.h"
#include "tests/bench/ml/layer_case.h"
#include "tests/bench/ml/roofline.h"
#include "tests/bench/ml/rule_case.h"

namespace percept::bench {
namespace {

// Parameters of 2-3-2, 784-64-10 and 784-512-512-10, rows padded.
constexpr int64_t kParameters[] = {7 * 16, 785 * 64 + 65 * 16, 785 * 512 + 513 * 512 + 513 * 16};

// The hidden layer's outputs in a batch of 2-3-2, 784-64-10 and 784-512-512-10.
constexpr int64_t kHidden[] = {5 * 16, 100 * 64, 128 * 512};

struct NamedActivation {
  const char* name;
  Activation activation;
  double flops;  // Of a value; of its derivative in addition.
  double slope_flops;
};
constexpr NamedActivation kActivations[] = {
    {"tanh", Activation::kTanh, kElementaryFlops, 2.0},
    {"sigmoid", Activation::kSigmoid, kElementaryFlops + 2.0, 2.0},
    {"relu", Activation::kRelu, 1.0, 1.0},
    {"gelu", Activation::kGelu, kElementaryFlops + 4.0, kElementaryFlops + 4.0}};

// Of `count` values, each with so many flops, and in so many arrays that are read or written, and
// that are updated.
Work ValueWork(int64_t count, double flops, double touched, double updated) {
  const auto values = static_cast<double>(count);
  return DenseWork(flops * values, touched * values, updated * values);
}

std::string FloatsName(int64_t count) { return absl::StrCat(count, " floats"); }

void AddActivation(const Subject& subject, const NamedActivation& named, int64_t count,
                   bool with_slopes) {
  const auto run = [&subject, named, count, with_slopes](benchmark::State& state) {
    // Of the values that gelu keeps: smaller ones would shrink until the processor is slow on them.
    auto values = Filled(count, 8.0f);
    auto slopes = Filled(count, 0.0f);
    for (auto _ : state) {
      subject.kernels.activate(named.activation, count, values.data(),
                               with_slopes ? slopes.data() : nullptr);
      benchmark::ClobberMemory();
    }
    const double flops = named.flops + (with_slopes ? named.slope_flops : 0.0);
    SetRoofline(state, ValueWork(count, flops, with_slopes ? 1 : 0, 1), subject.peaks);
  };
  const char* const what = with_slopes ? "with slopes" : "alone";
  AddBenchmark(subject, absl::StrCat("activate ", named.name),
               absl::StrCat(FloatsName(count), " ", what), run);
}

// Loss and, where `scale` is not 0, gradient.
void AddSoftmax(const Subject& subject, int64_t rows, int64_t classes, bool with_gradient) {
  const auto run = [&subject, rows, classes, with_gradient](benchmark::State& state) {
    const int64_t stride = ml::PaddedRow(classes);
    auto logits = Filled(rows * stride, 0.5f);
    const std::vector<int32_t> labels(static_cast<size_t>(rows), 1);
    ml::LossSums sums{};
    for (auto _ : state) {
      subject.kernels.softmax_cross_entropy(rows, classes, stride, logits.data(), labels.data(),
                                            with_gradient ? 0.01f : 0.0f, &sums);
      benchmark::DoNotOptimize(sums);
    }
    Work work = with_gradient ? ValueWork(rows * classes, 2, 0, 1)  // By a sum and a scale.
                              : ValueWork(rows * classes, 0, 1, 0);
    work.flops += SoftmaxFlops(rows, classes);
    SetRoofline(state, work, subject.peaks);
  };
  AddBenchmark(subject, "softmax_cross_entropy",
               absl::StrCat(rows, "x", classes, with_gradient ? " with gradient" : " alone"), run);
}

void AddMultiply(const Subject& subject, int64_t count) {
  AddBenchmark(subject, "multiply", FloatsName(count), [&subject, count](benchmark::State& state) {
    const auto factors = Filled(count, 1.0f);
    auto values = Filled(count, 0.5f);
    for (auto _ : state) {
      subject.kernels.multiply(count, factors.data(), values.data());
      benchmark::ClobberMemory();
    }
    SetRoofline(state, ValueWork(count, 1, 1, 1), subject.peaks);
  });
}

void AddApply(const Subject& subject, const RuleCost& cost, int64_t count) {
  const auto run = [&subject, cost, count](benchmark::State& state) {
    const auto gradient = Filled(count, 0.5f);
    auto values = Filled(count, 0.5f);
    RuleCase rule(cost, count, values.data());
    for (auto _ : state) {
      subject.kernels.apply(rule.rule(), count, gradient.data(), values.data());
      benchmark::ClobberMemory();
    }
    SetRoofline(state, ValueWork(count, cost.flops, 1, cost.arrays), subject.peaks);
  };
  AddBenchmark(subject, absl::StrCat("apply ", cost.name), FloatsName(count), run);
}

}  // namespace

void RegisterElementwiseKernels(const Subject& subject) {
  for (const int64_t count : kHidden) {
    for (const NamedActivation& named : kActivations) AddActivation(subject, named, count, true);
  }
  for (const NamedActivation& named : kActivations) AddActivation(subject, named, 256 * 64, false);
  AddSoftmax(subject, 5, 2, /*with_gradient=*/true);
  AddSoftmax(subject, 100, 10, /*with_gradient=*/true);
  AddSoftmax(subject, 256, 10, /*with_gradient=*/false);
  for (const int64_t count : kHidden) AddMultiply(subject, count);
  for (const int64_t count : kParameters) {
    for (const RuleCost& cost : {kDescent, kMomentum, kAdam}) AddApply(subject, cost, count);
  }
}

}  // namespace percept::bench
