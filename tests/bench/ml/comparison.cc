#include "tests/bench/ml/comparison.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <numeric>

#include "server/base/random.h"
#include "server/ml/model.h"
#include "tests/bench/ml/eigen_peer.h"

namespace percept::bench {
namespace {

constexpr int kHidden = 64;
constexpr int kClasses = 10;
constexpr int kEpochs = 5;
constexpr int64_t kBatch = 100;
constexpr double kLearningRate = 0.1;

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

ModelSpec Spec() {
  ModelSpec spec;
  spec.hidden_units = {kHidden};
  return spec;
}

std::unique_ptr<ml::Model> NewModel(const BenchData& data, const ml::Kernels& kernels) {
  return *ml::CreateModel(Spec(), TrainingSpec{}, {data.train.inputs, kClasses}, 1, kBatch,
                          kernels);
}

std::vector<float> ParametersOf(const ml::Model& model, const BenchData& data) {
  const auto copy = model.NewCopy();
  model.CopyTo(*copy);
  const auto layout = ml::ParameterLayout(Spec(), {data.train.inputs, kClasses});
  std::vector<char> bytes(ml::ParameterBytes(layout));
  copy->ExportParameters(absl::MakeSpan(bytes));
  std::vector<float> parameters(bytes.size() / sizeof(float));
  std::memcpy(parameters.data(), bytes.data(), bytes.size());
  return parameters;
}

// Calls `train` with each batch of each epoch, in an order drawn anew, then `validate`.
template <class Train, class Validate>
void RunEpochs(int64_t count, const Train& train, const Validate& validate) {
  std::vector<uint32_t> order(count);
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    std::iota(order.begin(), order.end(), 0);
    Random(1, Random::Stream::kShuffle, epoch).Shuffle(absl::MakeSpan(order));
    for (int64_t first = 0; first < count; first += kBatch) {
      train(order.data() + first, std::min(kBatch, count - first));
    }
    validate();
  }
}

// How a run went.
struct Outcome {
  double seconds = 0.0;
  int64_t correct = 0;
  std::vector<float> parameters;
};

Outcome RunOurs(const BenchData& data, const ml::Kernels& kernels) {
  const auto model = NewModel(data, kernels);
  const auto copy = model->NewCopy();
  const Examples train = data.train.Sparse();
  const Examples validation = data.validation.Sparse();
  Outcome outcome;
  const auto start = std::chrono::steady_clock::now();
  RunEpochs(
      train.count,
      [&](const uint32_t* rows, int64_t count) {
        model->TrainBatch(train, {rows, static_cast<size_t>(count)}, kLearningRate);
      },
      [&] {
        model->CopyTo(*copy);
        outcome.correct = copy->Evaluate(validation).correct;
      });
  outcome.seconds = SecondsSince(start);
  outcome.parameters = ParametersOf(*model, data);
  return outcome;
}

Outcome RunEigen(const BenchData& data, const ml::Kernels& kernels) {
  EigenPeer peer(data.train.inputs, kHidden, kClasses,
                 ParametersOf(*NewModel(data, kernels), data));
  Outcome outcome;
  const auto start = std::chrono::steady_clock::now();
  RunEpochs(
      data.train.count(),
      [&](const uint32_t* rows, int64_t count) {
        peer.TrainBatch(data.train.floats.data(), data.train.labels.data(), rows,
                        static_cast<int>(count), static_cast<float>(kLearningRate));
      },
      [&] {
        outcome.correct = peer.CountCorrect(data.validation.floats.data(),
                                            data.validation.labels.data(), data.validation.count());
      });
  outcome.seconds = SecondsSince(start);
  outcome.parameters = peer.Parameters();
  return outcome;
}

double Distance(const std::vector<float>& a, const std::vector<float>& b) {
  double difference = 0.0;
  double norm = 0.0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(static_cast<double>(a[i]) - b[i], 2);
    norm += std::pow(static_cast<double>(b[i]), 2);
  }
  return std::sqrt(difference / norm);
}

}  // namespace

void CompareWithEigen(const BenchData& data, const ml::Kernels& kernels, int rounds) {
  std::fprintf(stderr, "784-64-10 tanh, batch 100, 5 epochs with validation, %s\n",
               data.description.c_str());
  std::vector<double> our_seconds;
  std::vector<double> eigen_seconds;
  Outcome ours;
  Outcome eigen;
  for (int round = 0; round < rounds; ++round) {
    ours = RunOurs(data, kernels);
    eigen = RunEigen(data, kernels);
    our_seconds.push_back(ours.seconds);
    eigen_seconds.push_back(eigen.seconds);
  }
  const double validation = static_cast<double>(data.validation.count());
  std::fprintf(stderr, "  ours (%s):  median %.3f s, accuracy %.4f\n", kernels.name,
               Median(our_seconds), static_cast<double>(ours.correct) / validation);
  std::fprintf(stderr, "  dense Eigen loop:  median %.3f s, accuracy %.4f\n", Median(eigen_seconds),
               static_cast<double>(eigen.correct) / validation);
  std::fprintf(stderr, "  ratio %.2f; parameters differ by %.1e of their norm\n",
               Median(eigen_seconds) / Median(our_seconds),
               Distance(ours.parameters, eigen.parameters));
}

}  // namespace percept::bench
