// Times the questions put to models, each alone on one thread: a line `NAME MILLISECONDS` for each,
// the least of several runs. Parameters and examples are random numbers, whose values change no
// time.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/base/random.h"
#include "server/data/dataset.h"
#include "server/data/examples.h"
#include "server/inspect/attack.h"
#include "server/inspect/confusion.h"
#include "server/inspect/decision_grid.h"
#include "server/inspect/explore.h"
#include "server/inspect/latent.h"
#include "server/inspect/network.h"

namespace percept::inspect {
namespace {

bool Always() { return true; }

TrainedModel RandomMlp(int32_t inputs, int32_t hidden, int32_t classes) {
  ModelSpec spec;
  spec.hidden_units = {hidden};
  const ml::ModelShape shape = {inputs, classes};
  std::string bytes;
  Random random(1, Random::Stream::kInitialization);
  const int64_t count = ml::ParameterCount(ml::ParameterLayout(spec, shape));
  for (int64_t i = 0; i < count; ++i) {
    const float value = (2.0f * random.NextFloat() - 1.0f) / static_cast<float>(inputs);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return {spec, shape, std::make_shared<const std::string>(std::move(bytes))};
}

data::Dataset RandomData(int64_t examples, int32_t inputs, int32_t classes) {
  data::Dataset dataset;
  dataset.inputs = inputs;
  dataset.classes = classes;
  data::Split& split = dataset.split(data::SplitKind::kTrain);
  split.examples = examples;
  Random random(2, Random::Stream::kGenerator);
  for (int64_t i = 0; i < examples * inputs; ++i) split.dense.push_back(random.NextFloat());
  for (int64_t i = 0; i < examples; ++i) split.labels.push_back(static_cast<int32_t>(i % classes));
  return dataset;
}

void Report(const char* name, int runs, const std::function<void()>& question) {
  double least = 1e300;
  for (int run = 0; run < runs; ++run) {
    const auto start = std::chrono::steady_clock::now();
    question();
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    least = std::min(least, time.count());
  }
  std::printf("%s %.4f\n", name, least);
}

void ReportGrids() {
  const TrainedModel model = RandomMlp(2, 3, 2);
  const data::Dataset dataset = RandomData(400, 2, 2);
  for (const auto& [name, side] : {std::pair{"grid-2-3-2-256", 256}, {"grid-2-3-2-1024", 1024}}) {
    GridWindow window;
    window.columns = window.rows = side;
    Report(name, 20, [&] { MakeDecisionGrid(model, dataset, window, "", Always).value(); });
  }
}

void ReportDigits() {
  const TrainedModel model = RandomMlp(784, 64, 10);
  const data::Dataset dataset = RandomData(10'000, 784, 10);
  Report("confusion-784-64-10-10000", 5,
         [&] { MakeConfusion(model, dataset, data::SplitKind::kTrain, 20, "", Always).value(); });
  const Examples examples = data::ExamplesOf(dataset, data::SplitKind::kTrain).Rows(0, 1000);
  const std::unique_ptr<ml::ModelCopy> copy = LoadCopy(model, "").value();
  std::vector<float> activations;
  Report("latent-784-64-10-1000", 10,
         [&] { activations = Activations(model, *copy, 0, examples, Always).value(); });
  Report("pca-1000-by-64", 10, [&] { FitPca(activations, 64, 3).value(); });
}

// A path of 1,000 steps that does not end before.
template <typename Path>
void Follow(Path path) {
  while (!path.ended()) path.Advance().IgnoreError();
}

void ReportPaths() {
  const TrainedModel model = RandomMlp(784, 64, 10);
  const Network network = Network::Of(model).value();
  const std::vector<double> start(784, 0.5);
  Network::Pass pass;
  network.Forward(start, pass);
  const auto least = std::min_element(pass.probabilities.begin(), pass.probabilities.end());
  const auto target = static_cast<int32_t>(least - pass.probabilities.begin());
  Report("attack-784-64-10-1000-steps", 3, [&] {
    Follow(AttackSearch::Begin(network, start, {.target = target, .learning_rate = 1e-9}).value());
  });
  Report("explore-784-64-10-1000-steps", 3, [&] {
    Follow(
        Exploration::Begin(network, start, {.target = target, .step_size = 1e-9, .max_steps = 1000})
            .value());
  });
}

}  // namespace
}  // namespace percept::inspect

int main() {
  percept::inspect::ReportGrids();
  percept::inspect::ReportDigits();
  percept::inspect::ReportPaths();
  return 0;
}
