#include "tests/robustness/job_mix.h"

#include <cstdint>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "tests/robustness/rpc_status.h"

namespace percept::testing {
namespace {

// Two spirals of a kind, as a file that somebody uploads.
std::string SpiralsCsv() {
  std::string csv = "x,y,label\n";
  for (int point = 0; point < 300; ++point) {
    const int turn = point * 37 % 300;
    const int sign = point % 2 == 0 ? 1 : -1;
    absl::StrAppend(&csv, sign * turn * (point % 7 + 1), ".5,", sign * (turn - point % 11), ".25,",
                    point % 2, "\n");
  }
  return csv;
}

absl::Status MakeDatasets(RpcClient& client) {
  v1::CreateDatasetRequest digits;
  digits.set_dataset_id("digits");
  digits.mutable_dataset()->mutable_binary()->set_dataset("datasets/mnist");
  digits.mutable_dataset()->mutable_binary()->set_positive_label(2);
  digits.mutable_dataset()->mutable_binary()->set_negative_label(5);
  v1::Dataset dataset;
  for (const v1::CreateDatasetRequest& request :
       {GeneratedDataset("three", v1::GENERATOR_THREE_CLASS),
        GeneratedDataset("two", v1::GENERATOR_TWO_CLASS),
        GeneratedDataset("xor", v1::GENERATOR_XOR),
        GeneratedDataset("bullseye", v1::GENERATOR_BULLSEYE), digits}) {
    if (absl::Status made = ToStatus(client.CreateDataset(request, &dataset)); !made.ok()) {
      return made;
    }
  }
  v1::Upload spirals = UploadOf("spirals", v1::UPLOAD_FORMAT_CSV, {SpiralsCsv()});
  spirals.set_validation_fraction(0.2);
  return ToStatus(UploadFiles(client, spirals, {SpiralsCsv()}, &dataset));
}

v1::JobSpec Perceptron(const std::string& dataset, int64_t iterations, double learning_rate) {
  v1::JobSpec spec;
  spec.set_dataset(absl::StrCat("datasets/", dataset));
  spec.mutable_perceptron()->set_iterations(iterations);
  spec.mutable_perceptron()->set_learning_rate(learning_rate);
  return spec;
}

v1::JobSpec Multiperceptron(const std::string& dataset, int32_t epochs, int32_t batch_size) {
  v1::JobSpec spec;
  spec.set_dataset(absl::StrCat("datasets/", dataset));
  spec.mutable_multiperceptron();
  spec.mutable_training()->set_epochs(epochs);
  spec.mutable_training()->set_batch_size(batch_size);
  return spec;
}

using Change = std::function<void(v1::JobSpec&)>;

v1::JobSpec With(v1::JobSpec spec, const Change& change) {
  change(spec);
  return spec;
}

std::vector<MixedJob> Linear() {
  return {
      {"perceptron on digits", Perceptron("digits", 4000, 1.0)},
      {"perceptron on points that cannot be parted", Perceptron("two", 60000, 0.5)},
      {"multiperceptron, shuffled", Multiperceptron("three", 600, 10)},
      {"multiperceptron, in file order, momentum, steps",
       With(Multiperceptron("three", 2000, 7),
            [](v1::JobSpec& spec) {
              v1::TrainingSpec& training = *spec.mutable_training();
              training.set_no_shuffle(true);
              training.mutable_momentum()->set_momentum(0.8);
              training.mutable_step()->set_gamma(0.9);
              training.mutable_step()->set_sigma(500);
              training.set_report_frequency(1500);
            })},
      {"multiperceptron on MNIST", Multiperceptron("mnist", 3, 100)},
  };
}

std::vector<MixedJob> NarrowNetworks() {
  return {
      {"2-3-2, adam, a snapshot every ten steps",
       With(MlpSpec("xor", {3}, 300, 5),
            [](v1::JobSpec& spec) {
              spec.mutable_training()->mutable_adam();
              spec.mutable_training()->set_learning_rate(0.01);
              spec.mutable_training()->set_report_frequency(50);
            })},
      {"2-16-3, plain",
       With(MlpSpec("three", {16}, 600, 10),
            [](v1::JobSpec& spec) { spec.mutable_training()->set_report_frequency(200); })},
      {"2-8-2, momentum, weight decay, inverse schedule, in file order",
       With(MlpSpec("bullseye", {8}, 600, 10),
            [](v1::JobSpec& spec) {
              v1::TrainingSpec& training = *spec.mutable_training();
              training.set_no_shuffle(true);
              training.mutable_momentum();
              training.set_weight_decay(0.001);
              training.mutable_inverse()->set_gamma(0.001);
              training.mutable_inverse()->set_rho(0.75);
            })},
      {"2-12-2, stops early",
       With(MlpSpec("bullseye", {12}, 2000, 20),
            [](v1::JobSpec& spec) {
              spec.mutable_training()->mutable_adam();
              spec.mutable_training()->mutable_early_stopping()->set_patience(40);
            })},
      {"2-10-2 on an upload, relu, adam with decay",
       With(MlpSpec("spirals", {10}, 2000, 8),
            [](v1::JobSpec& spec) {
              spec.mutable_mlp()->set_activation(v1::ACTIVATION_RELU);
              spec.mutable_mlp()->set_initialization(v1::INITIALIZATION_HE);
              spec.mutable_training()->mutable_adam();
              spec.mutable_training()->set_weight_decay(0.01);
              spec.mutable_training()->set_report_frequency(400);
            })},
      {"2-6-2, trained on both splits, every evaluation",
       With(MlpSpec("xor", {6}, 600, 20),
            [](v1::JobSpec& spec) {
              spec.set_train_on(v1::TRAIN_ON_TRAIN_AND_VALIDATION);
              spec.mutable_training()->set_evaluate_every(1);
            })},
  };
}

std::vector<MixedJob> WideNetworks() {
  return {
      {"2-32-32-3, adam", With(MlpSpec("three", {32, 32}, 300, 20),
                               [](v1::JobSpec& spec) {
                                 spec.mutable_training()->mutable_adam();
                                 spec.mutable_training()->set_learning_rate(0.001);
                               })},
      {"2-24-20-2, gelu, momentum, no evaluation",
       With(MlpSpec("xor", {24, 20}, 300, 10),
            [](v1::JobSpec& spec) {
              spec.mutable_mlp()->set_activation(v1::ACTIVATION_GELU);
              spec.mutable_mlp()->set_initialization(v1::INITIALIZATION_XAVIER);
              spec.mutable_training()->mutable_momentum();
              spec.mutable_training()->set_no_evaluate(true);
            })},
      {"784-64-10 on MNIST", MlpSpec("mnist", {64}, 5, 100)},
      {"784-32-10 on MNIST, adam, sigmoid, snapshots every 2000 images",
       With(MlpSpec("mnist", {32}, 2, 50),
            [](v1::JobSpec& spec) {
              spec.mutable_mlp()->set_activation(v1::ACTIVATION_SIGMOID);
              spec.mutable_training()->mutable_adam();
              spec.mutable_training()->set_learning_rate(0.002);
              spec.mutable_training()->set_report_frequency(2000);
            })},
      {"784-64-32-10 on MNIST, in file order, no evaluation",
       With(MlpSpec("mnist", {64, 32}, 3, 200),
            [](v1::JobSpec& spec) {
              spec.mutable_training()->set_no_shuffle(true);
              spec.mutable_training()->set_no_evaluate(true);
              spec.mutable_training()->mutable_momentum();
            })},
  };
}

// Trains a job to its end and returns its name.
absl::StatusOr<std::string> TrainOrigin(RpcClient& client) {
  v1::Job job;
  if (absl::Status made = ToStatus(client.CreateJob(MlpSpec("three", {16}, 5, 10), &job));
      !made.ok()) {
    return made;
  }
  const WatchRecord watch = client.Watch(job.name());
  if (!watch.status.ok()) return ToStatus(watch.status);
  return job.name();
}

}  // namespace

absl::StatusOr<std::vector<MixedJob>> PrepareJobMix(RpcClient& client) {
  if (absl::Status made = MakeDatasets(client); !made.ok()) return made;
  const absl::StatusOr<std::string> origin = TrainOrigin(client);
  if (!origin.ok()) return origin.status();
  std::vector<MixedJob> mix = {
      {"2-16-3 from another job's last snapshot",
       With(MlpSpec("three", {16}, 200, 10), [&](auto& spec) { spec.set_init_from(*origin); })},
      {"2-16-3 from another job's first snapshot",
       With(MlpSpec("three", {16}, 200, 20),
            [&](auto& spec) { spec.set_init_from(absl::StrCat(*origin, "/snapshots/0")); })}};
  for (const auto& part : {Linear(), NarrowNetworks(), WideNetworks()}) {
    mix.insert(mix.end(), part.begin(), part.end());
  }
  for (size_t place = 0; place < mix.size(); ++place) mix[place].spec.set_seed(place);
  return mix;
}

v1::JobSpec ShortJob() { return MlpSpec("three", {4}, /*epochs=*/2, /*batch_size=*/50); }

v1::JobSpec EndlessJob() {
  v1::JobSpec spec = MlpSpec("three", {8}, /*epochs=*/1000000, /*batch_size=*/10);
  spec.mutable_training()->set_report_frequency(1000000);
  return spec;
}

}  // namespace percept::testing
