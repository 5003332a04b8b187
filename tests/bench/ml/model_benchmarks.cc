#include "tests/bench/ml/model_benchmarks.h"

#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "benchmark/benchmark.h"
#include "server/base/random.h"
#include "server/data/examples.h"
#include "server/ml/model.h"

namespace percept::bench {
namespace {

constexpr double kLearningRate = 0.001;

// A model with the data it trains on.
struct Case {
  std::string name;
  ModelSpec spec;
  OptimizerKind optimizer;
  int32_t batch;
  const data::Dataset& dataset;

  ml::ModelShape shape() const { return {dataset.inputs, dataset.classes}; }
  Examples train() const { return ExamplesOf(dataset, data::SplitKind::kTrain); }
  Examples validation() const { return ExamplesOf(dataset, data::SplitKind::kValidation); }
};

std::unique_ptr<ml::Model> NewModel(const Case& subject, const ml::Kernels& kernels) {
  TrainingSpec training;
  training.optimizer = subject.optimizer;
  return *ml::CreateModel(subject.spec, training, subject.shape(), 1, subject.batch, kernels);
}

void Step(benchmark::State& state, const Case& subject, const ml::Kernels& kernels) {
  const auto model = NewModel(subject, kernels);
  const Examples train = subject.train();
  std::vector<uint32_t> order(train.count);
  std::iota(order.begin(), order.end(), 0);
  Random(1, Random::Stream::kShuffle).Shuffle(absl::MakeSpan(order));
  size_t first = 0;
  const auto batch = static_cast<size_t>(subject.batch);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        model->TrainBatch(train, {order.data() + first, batch}, kLearningRate));
    first += batch;
    if (first + batch > order.size()) first = 0;
  }
}

void Evaluation(benchmark::State& state, const Case& subject, const ml::Kernels& kernels) {
  const auto model = NewModel(subject, kernels);
  const auto copy = model->NewCopy();
  model->CopyTo(*copy);
  const Examples validation = subject.validation();
  for (auto _ : state) benchmark::DoNotOptimize(copy->Evaluate(validation));
}

void CopyAndExport(benchmark::State& state, const Case& subject, const ml::Kernels& kernels) {
  const auto model = NewModel(subject, kernels);
  const auto copy = model->NewCopy();
  std::vector<char> bytes(ml::ParameterBytes(ml::ParameterLayout(subject.spec, subject.shape())));
  for (auto _ : state) {
    model->CopyTo(*copy);
    copy->ExportParameters(absl::MakeSpan(bytes));
    benchmark::DoNotOptimize(bytes.data());
  }
}

void Register(const Case& subject, const ml::Kernels& kernels) {
  const auto add = [&](const std::string& what, const auto& run) {
    const std::string name = absl::StrCat(kernels.name, "/", what, "/", subject.name);
    benchmark::RegisterBenchmark(name.c_str(), [&kernels, subject, run](benchmark::State& state) {
      run(state, subject, kernels);
    })->Unit(benchmark::kMicrosecond);
  };
  add("step", Step);
  add("evaluation", Evaluation);
  add("copy and export", CopyAndExport);
}

}  // namespace

void RegisterModels(const BenchData& data, const ml::Kernels& kernels) {
  const ModelSpec linear{.kind = ModelKind::kMultiperceptron};
  const ModelSpec tiny{.hidden_units = {3}};
  const ModelSpec small{.hidden_units = {64}};
  const ModelSpec wide{.hidden_units = {512, 512}, .activation = Activation::kRelu};
  const OptimizerKind sgd = OptimizerKind::kSgd;
  const OptimizerKind adam = OptimizerKind::kAdam;
  Register({"2-3-2 Adam batch 5", tiny, adam, 5, data.xor_points}, kernels);
  Register({"784-10 batch 100", linear, sgd, 100, data.mnist}, kernels);
  Register({"784-64-10 batch 100", small, sgd, 100, data.mnist}, kernels);
  Register({"784-64-10 batch 100 dense", small, sgd, 100, data.dense_mnist}, kernels);
  Register({"784-512-512-10 relu Adam batch 128", wide, adam, 128, data.mnist}, kernels);
  Register({"784-512-512-10 relu batch 128", wide, sgd, 128, data.mnist}, kernels);
}

}  // namespace percept::bench
