#include "tests/bench/ml/micro_benchmarks.h"

#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "server/base/random.h"
#include "server/ml/model.h"

namespace percept::bench {
namespace {

// A model with the data it trains on.
struct Case {
  std::string name;
  std::vector<int32_t> hidden;
  Activation activation;
  int32_t classes;
  int32_t batch;
  Examples train;
  Examples evaluation;

  ModelSpec spec() const {
    ModelSpec spec;
    spec.hidden_units = hidden;
    spec.activation = activation;
    return spec;
  }
  ml::ModelShape shape() const { return {train.inputs, classes}; }
};

std::unique_ptr<ml::Model> NewModel(const Case& subject, const ml::Kernels& kernels) {
  return *ml::CreateModel(subject.spec(), TrainingSpec{}, subject.shape(), 1, subject.batch,
                          kernels);
}

void Step(benchmark::State& state, const Case& subject, const ml::Kernels& kernels) {
  const auto model = NewModel(subject, kernels);
  std::vector<uint32_t> order(subject.train.count);
  std::iota(order.begin(), order.end(), 0);
  Random(1, Random::Stream::kShuffle).Shuffle(absl::MakeSpan(order));
  size_t first = 0;
  const auto batch = static_cast<size_t>(subject.batch);
  for (auto _ : state) {
    benchmark::DoNotOptimize(model->TrainBatch(subject.train, {order.data() + first, batch}, 0.01));
    first += batch;
    if (first + batch > order.size()) first = 0;
  }
}

void Evaluation(benchmark::State& state, const Case& subject, const ml::Kernels& kernels) {
  const auto model = NewModel(subject, kernels);
  const auto copy = model->NewCopy();
  model->CopyTo(*copy);
  for (auto _ : state) benchmark::DoNotOptimize(copy->Evaluate(subject.evaluation));
}

void CopyAndExport(benchmark::State& state, const Case& subject, const ml::Kernels& kernels) {
  const auto model = NewModel(subject, kernels);
  const auto copy = model->NewCopy();
  std::vector<char> bytes(ml::ParameterBytes(ml::ParameterLayout(subject.spec(), subject.shape())));
  for (auto _ : state) {
    model->CopyTo(*copy);
    copy->ExportParameters(absl::MakeSpan(bytes));
    benchmark::DoNotOptimize(bytes.data());
  }
}

void Register(const Case& subject, const ml::Kernels& kernels) {
  const auto add = [&](const std::string& what, const auto& run) {
    benchmark::RegisterBenchmark((what + "/" + subject.name).c_str(), [&kernels, subject, run](
                                                                          benchmark::State& state) {
      run(state, subject, kernels);
    })->Unit(benchmark::kMicrosecond);
  };
  add("Step", Step);
  add("Evaluation", Evaluation);
  add("CopyAndExport", CopyAndExport);
}

}  // namespace

void RegisterMicroBenchmarks(const BenchData& data, const ml::Kernels& kernels) {
  static const ImageSet* const toy = new ImageSet(MakeDense(400, 2, 2));
  const Examples sparse = data.train.Sparse();
  const Examples sparse_validation = data.validation.Sparse();
  const Examples dense = data.train.Dense();
  const Examples dense_validation = data.validation.Dense();
  const Activation tanh = Activation::kTanh;
  Register({"2-3-2 batch 5", {3}, tanh, 2, 5, toy->Dense(), toy->Dense()}, kernels);
  Register({"784-64-10 batch 100", {64}, tanh, 10, 100, sparse, sparse_validation}, kernels);
  Register({"784-64-10 batch 100 dense", {64}, tanh, 10, 100, dense, dense_validation}, kernels);
  Register(
      {"784-64-10 batch 100 gelu", {64}, Activation::kGelu, 10, 100, sparse, sparse_validation},
      kernels);
  Register({"784-512-512-10 batch 128", {512, 512}, tanh, 10, 128, sparse, sparse_validation},
           kernels);
  Register({"784-512-512-10 batch 128 dense", {512, 512}, tanh, 10, 128, dense, dense_validation},
           kernels);
}

}  // namespace percept::bench
