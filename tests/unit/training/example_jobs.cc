#include "tests/unit/training/example_jobs.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "server/base/crc32c.h"
#include "server/base/random.h"
#include "server/ml/model.h"

namespace percept::training {
namespace {

// Pictures of 60 pixels, most of them black, with labels at random.
data::Split RandomPictures(int64_t examples, bool sparse, uint64_t seed) {
  data::Split split;
  split.examples = examples;
  Random random(seed, Random::Stream::kShuffle);
  for (int64_t row = 0; row < examples; ++row) {
    split.labels.push_back(static_cast<int32_t>(random.NextBelow(3)));
    for (uint16_t column = 0; column < 60; ++column) {
      const uint64_t value = random.NextBelow(5) == 0 ? 1 + random.NextBelow(255) : 0;
      if (!sparse) split.dense.push_back(static_cast<float>(value) / 255);
      if (!sparse || value == 0) continue;
      split.sparse.columns.push_back(column);
      split.sparse.values.push_back(static_cast<uint8_t>(value));
    }
    if (sparse) {
      split.sparse.row_start.push_back(static_cast<uint32_t>(split.sparse.columns.size()));
    }
  }
  return split;
}

}  // namespace

data::GeneratorSource XorSource() {
  return {.generator = data::GeneratorKind::kXor,
          .train_per_class = 200,
          .validation_per_class = 100,
          .seed = 3};
}

storage::JobSpec XorSpec() {
  storage::JobSpec spec;
  spec.dataset = "xor";
  spec.model.hidden_units = {8};
  spec.training.learning_rate = 0.1;
  spec.training.epochs = 2;
  spec.training.batch_size = 10;
  spec.training.report_frequency = 10;
  spec.seed = 7;
  return spec;
}

std::vector<NamedSpec> SpecsOfAllKinds() {
  storage::JobSpec momentum = XorSpec();
  momentum.training.optimizer = OptimizerKind::kMomentum;
  momentum.training.learning_rate = 0.01;
  momentum.training.schedule = ScheduleKind::kInverse;
  momentum.training.schedule_gamma = 0.1;
  momentum.training.schedule_rho = 0.1;
  storage::JobSpec adam = XorSpec();
  adam.training.optimizer = OptimizerKind::kAdam;
  adam.training.learning_rate = 0.01;
  adam.training.weight_decay = 0.001;
  storage::JobSpec multiperceptron = XorSpec();
  multiperceptron.model = {.kind = ModelKind::kMultiperceptron};
  multiperceptron.training.schedule = ScheduleKind::kStep;
  multiperceptron.training.schedule_gamma = 0.7;
  multiperceptron.training.schedule_sigma = 10;
  storage::JobSpec perceptron = PerceptronSpec();
  perceptron.dataset = "xor";
  storage::JobSpec stopping = XorSpec();
  stopping.training.epochs = 60;
  stopping.training.learning_rate = 0.5;
  stopping.training.patience = 2;
  return {{"Momentum", momentum},
          {"Adam", adam},
          {"Multiperceptron", multiperceptron},
          {"Perceptron", perceptron},
          {"EarlyStopping", stopping}};
}

storage::JobSpec LargeEvaluationSpec() {
  storage::JobSpec spec = XorSpec();
  spec.model.hidden_units = {64, 64};
  spec.training.report_frequency = 0;
  spec.training.evaluate_every = 1;
  return spec;
}

data::GeneratorSource LargeEvaluationSource() {
  data::GeneratorSource source = XorSource();
  source.validation_per_class = 500;
  return source;
}

data::Dataset PictureSet(bool sparse) {
  data::Dataset pictures;
  pictures.inputs = 60;
  pictures.classes = 3;
  pictures.is_sparse = sparse;
  pictures.split(data::SplitKind::kTrain) = RandomPictures(230, sparse, 1);
  pictures.split(data::SplitKind::kValidation) = RandomPictures(90, sparse, 2);
  return pictures;
}

storage::JobSpec PerceptronSpec() {
  storage::JobSpec spec;
  spec.dataset = "two-normals";
  spec.model.kind = ModelKind::kPerceptron;
  spec.training.learning_rate = 1.0;
  spec.training.iterations = 200;
  return spec;
}

data::GeneratorSource TwoNormalsSource() {
  return {.generator = data::GeneratorKind::kTwoNormals,
          .train_per_class = 200,
          .validation_per_class = 0,
          .seed = 5};
}

const ml::Kernels& TestKernels() { return ml::KernelsFor(ml::InstructionSet::kX86_64V2); }

storage::JobRecord JobFor(const storage::JobSpec& spec, const data::Dataset& dataset) {
  storage::JobRecord job;
  job.id = "job";
  job.spec = spec;
  job.create_time = absl::FromUnixSeconds(1700000000);
  job.inputs = dataset.inputs;
  job.classes = dataset.classes;
  job.train_examples = dataset.split(data::SplitKind::kTrain).examples;
  job.parameter_count =
      ml::ParameterCount(ml::ParameterLayout(spec.model, {job.inputs, job.classes}));
  return job;
}

storage::SnapshotRecord SnapshotOf(int64_t index, int64_t parameter_bytes) {
  storage::SnapshotRecord snapshot;
  snapshot.index = index;
  snapshot.step = 10 * index;
  snapshot.instances = 100 * index;
  snapshot.metrics.training_loss = 1.0 / static_cast<double>(index + 1);
  snapshot.create_time = absl::FromUnixSeconds(1700000000 + index);
  std::string parameters(static_cast<size_t>(parameter_bytes), static_cast<char>('a' + index % 26));
  snapshot.parameters_crc32c = Crc32c(parameters);
  snapshot.parameters = std::make_shared<const std::string>(std::move(parameters));
  snapshot.batch_indices = std::make_shared<const std::vector<uint32_t>>(
      std::vector<uint32_t>{static_cast<uint32_t>(index)});
  return snapshot;
}

void ExpectSameSnapshots(const std::vector<storage::SnapshotRecord>& actual,
                         const std::vector<storage::SnapshotRecord>& expected) {
  EXPECT_EQ(actual.size(), expected.size());
  for (size_t index = 0; index < std::min(actual.size(), expected.size()); ++index) {
    SCOPED_TRACE(absl::StrCat("snapshot ", index));
    const storage::SnapshotRecord& a = actual[index];
    const storage::SnapshotRecord& b = expected[index];
    EXPECT_EQ(a.index, static_cast<int64_t>(index));
    EXPECT_EQ(b.index, static_cast<int64_t>(index));
    EXPECT_EQ(a.step, b.step);
    EXPECT_EQ(a.instances, b.instances);
    EXPECT_EQ(a.epoch, b.epoch);
    EXPECT_EQ(a.metrics.validation_accuracy, b.metrics.validation_accuracy);
    EXPECT_EQ(a.metrics.validation_loss, b.metrics.validation_loss);
    EXPECT_EQ(a.metrics.training_accuracy, b.metrics.training_accuracy);
    EXPECT_EQ(a.metrics.training_loss, b.metrics.training_loss);
    EXPECT_EQ(*a.batch_indices, *b.batch_indices);
    EXPECT_EQ(a.parameters_crc32c, b.parameters_crc32c);
    EXPECT_TRUE(*a.parameters == *b.parameters) << "the parameters differ";
  }
}

}  // namespace percept::training
