#include "tests/unit/ml/data.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "gtest/gtest.h"

#include "server/base/random.h"

namespace percept::ml {
namespace {

using Tensors = std::vector<oracle::Vector>;

Tensors TensorsOf(const Model& model, const ModelSpec& spec, ModelShape shape) {
  const std::vector<float> floats = FloatsOf(ExportOf(model, spec, shape));
  Tensors tensors;
  auto from = floats.begin();
  for (const TensorInfo& info : ParameterLayout(spec, shape)) {
    const auto end = from + info.size_bytes() / static_cast<int64_t>(sizeof(float));
    tensors.emplace_back(from, end);
    from = end;
  }
  return tensors;
}

Tensors TensorsOf(oracle::Network& network) {
  Tensors tensors;
  for (const oracle::Layer& layer : network.layers()) {
    oracle::Vector weight;
    for (const oracle::Vector& row : layer.weight) {
      weight.insert(weight.end(), row.begin(), row.end());
    }
    tensors.push_back(weight);
    tensors.push_back(layer.bias);
  }
  return tensors;
}

double Distance(const oracle::Vector& a, const oracle::Vector& b) {
  double sum = 0.0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

// The largest of ||a - b|| / ||b||, or of ||a - b|| / max(||b||, ||b - before||). Tensors of zeros,
// such as those of a multiperceptron's start, must be met exactly.
double LargestError(const Tensors& a, const Tensors& b, const Tensors* before) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0.0;
  for (size_t t = 0; t < b.size(); ++t) {
    const double difference = Distance(a[t], b[t]);
    double scale = Distance(b[t], oracle::Vector(b[t].size()));
    if (before != nullptr) scale = std::max(scale, Distance(b[t], (*before)[t]));
    const double error = difference == 0.0 ? 0.0 : difference / scale;
    if (!(error <= largest)) largest = error;
  }
  return largest;
}

}  // namespace

TestData TestData::Pixels(int64_t count, int32_t inputs, int32_t classes, double density,
                          uint64_t seed) {
  std::vector<uint8_t> pixels;
  std::vector<int32_t> labels;
  Random random(seed, Random::Stream::kGenerator);
  for (int64_t n = 0; n < count; ++n) {
    for (int32_t column = 0; column < inputs; ++column) {
      const bool is_blank = (n % 12 == 5 || column % 12 == 7) && inputs > 12;
      const bool is_drawn = !is_blank && random.NextDouble() < density;
      pixels.push_back(is_drawn ? static_cast<uint8_t>(1 + random.NextBelow(255)) : 0);
    }
    labels.push_back(static_cast<int32_t>(random.NextBelow(classes)));
  }
  return Bytes(inputs, pixels, std::move(labels));
}

TestData TestData::Bytes(int32_t inputs, const std::vector<uint8_t>& pixels,
                         std::vector<int32_t> labels) {
  TestData data;
  data.inputs_ = inputs;
  data.labels_ = std::move(labels);
  data.row_start_.push_back(0);
  for (size_t i = 0; i < pixels.size(); ++i) {
    data.floats_.push_back(static_cast<float>(pixels[i]) / 255.0f);
    if (pixels[i] != 0) {
      data.columns_.push_back(static_cast<uint16_t>(i % inputs));
      data.values_.push_back(pixels[i]);
    }
    if ((i + 1) % inputs == 0) {
      data.row_start_.push_back(static_cast<uint32_t>(data.columns_.size()));
    }
  }
  return data;
}

TestData TestData::Floats(int64_t count, int32_t inputs, int32_t classes, uint64_t seed) {
  TestData data;
  data.inputs_ = inputs;
  Random random(seed, Random::Stream::kGenerator);
  for (int64_t n = 0; n < count; ++n) {
    for (int32_t column = 0; column < inputs; ++column) {
      data.floats_.push_back(4.0f * random.NextFloat() - 2.0f);
    }
    data.labels_.push_back(static_cast<int32_t>(random.NextBelow(classes)));
  }
  return data;
}

TestData TestData::Points(int32_t inputs, std::vector<float> floats, std::vector<int32_t> labels) {
  TestData data;
  data.inputs_ = inputs;
  data.floats_ = std::move(floats);
  data.labels_ = std::move(labels);
  return data;
}

Examples TestData::Dense(int64_t first, int64_t count) const {
  Examples examples;
  examples.count = count;
  examples.inputs = inputs_;
  examples.dense = floats_.data() + first * inputs_;
  examples.labels = labels_.data() + first;
  return examples;
}

Examples TestData::Sparse(int64_t first, int64_t count) const {
  Examples examples;
  examples.count = count;
  examples.inputs = inputs_;
  examples.sparse = {row_start_.data() + first, columns_.data(), values_.data()};
  examples.labels = labels_.data() + first;
  return examples;
}

std::vector<oracle::Example> TestData::ForOracle(const std::vector<uint32_t>& rows) const {
  std::vector<oracle::Example> examples;
  for (const uint32_t row : rows) {
    const auto begin = floats_.begin() + static_cast<int64_t>(row) * inputs_;
    examples.push_back({oracle::Vector(begin, begin + inputs_), labels_[row]});
  }
  return examples;
}

std::vector<oracle::Example> TestData::ForOracle() const {
  return ForOracle(Rows(0, static_cast<uint32_t>(count())));
}

std::vector<uint32_t> Rows(uint32_t first, uint32_t count) {
  std::vector<uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

ModelSpec MlpSpec(std::vector<int32_t> hidden_units, Activation activation) {
  ModelSpec spec;
  spec.hidden_units = std::move(hidden_units);
  spec.activation = activation;
  return spec;
}

ModelSpec MultiperceptronSpec() {
  ModelSpec spec;
  spec.kind = ModelKind::kMultiperceptron;
  return spec;
}

ModelSpec PerceptronSpec() {
  ModelSpec spec;
  spec.kind = ModelKind::kPerceptron;
  return spec;
}

TrainingSpec TrainingBy(OptimizerKind optimizer, double weight_decay) {
  TrainingSpec training;
  training.optimizer = optimizer;
  training.weight_decay = weight_decay;
  return training;
}

std::unique_ptr<Model> MakeModel(const ModelSpec& spec, ModelShape shape, int32_t max_batch,
                                 const Kernels& kernels, uint64_t seed,
                                 const TrainingSpec& training) {
  auto model = CreateModel(spec, training, shape, seed, max_batch, kernels);
  EXPECT_TRUE(model.ok()) << model.status();
  return *std::move(model);
}

std::vector<char> ExportOf(const Model& model, const ModelSpec& spec, ModelShape shape) {
  const std::unique_ptr<ModelCopy> copy = model.NewCopy();
  model.CopyTo(*copy);
  std::vector<char> bytes(ParameterBytes(ParameterLayout(spec, shape)));
  copy->ExportParameters(absl::MakeSpan(bytes));
  return bytes;
}

std::vector<float> FloatsOf(const std::vector<char>& bytes) {
  std::vector<float> floats(bytes.size() / sizeof(float));
  std::memcpy(floats.data(), bytes.data(), bytes.size());
  return floats;
}

Score EvaluationOf(const Model& model, const Examples& examples) {
  const std::unique_ptr<ModelCopy> copy = model.NewCopy();
  model.CopyTo(*copy);
  return copy->Evaluate(examples);
}

oracle::Network OracleOf(const Model& model, const ModelSpec& spec, ModelShape shape) {
  const bool is_mlp = spec.kind == ModelKind::kMlp;
  std::vector<int> widths = {shape.inputs};
  if (is_mlp) widths.insert(widths.end(), spec.hidden_units.begin(), spec.hidden_units.end());
  widths.push_back(shape.classes);
  return oracle::Network(spec.activation, !is_mlp, widths, ExportOf(model, spec, shape));
}

double LargestTensorError(const Model& model, const ModelSpec& spec, ModelShape shape,
                          oracle::Network& expected) {
  return LargestError(TensorsOf(model, spec, shape), TensorsOf(expected), nullptr);
}

void ExpectAgreement(const ParallelTraining& run, const TestData& data, const Examples& examples,
                     const Kernels& kernels) {
  constexpr double kTolerance = 1e-5;
  const ModelShape shape{data.inputs(), run.classes};
  const TrainingSpec& training = run.training;
  const auto model = MakeModel(run.model, shape, training.batch_size, kernels, 1, training);
  oracle::Network expected = OracleOf(*model, run.model, shape);
  oracle::Optimizer optimizer(training);
  const auto count = static_cast<uint32_t>(data.count());
  const auto batch_size = static_cast<uint32_t>(training.batch_size);
  for (int epoch = 0; epoch < training.epochs; ++epoch) {
    for (uint32_t first = 0; first < count; first += batch_size) {
      SCOPED_TRACE(testing::Message() << "epoch " << epoch << " from " << first);
      const auto rows = Rows(first, std::min(batch_size, count - first));
      const bool is_alone = run.comparison == Comparison::kOneStepAtATime;
      if (is_alone) expected = OracleOf(*model, run.model, shape);
      const Tensors before = TensorsOf(expected);
      const Score score = model->TrainBatch(examples, rows, training.learning_rate);
      const oracle::Score expected_score =
          expected.TrainBatch(data.ForOracle(rows), optimizer, training.learning_rate);
      EXPECT_EQ(score.examples, rows.size());
      ASSERT_NEAR(score.loss_sum, expected_score.loss_sum, 1e-5 * expected_score.loss_sum);
      ASSERT_EQ(score.correct, expected_score.correct);
      if (run.comparison == Comparison::kAtTheEnd) continue;
      ASSERT_LE(LargestError(TensorsOf(*model, run.model, shape), TensorsOf(expected),
                             is_alone ? &before : nullptr),
                kTolerance);
    }
  }
  if (run.comparison == Comparison::kOneStepAtATime) return;
  EXPECT_LE(LargestTensorError(*model, run.model, shape, expected), kTolerance);
  const Score score = EvaluationOf(*model, examples);
  const oracle::Score expected_score = expected.Evaluate(data.ForOracle());
  EXPECT_NEAR(score.loss_sum, expected_score.loss_sum, 1e-5 * expected_score.loss_sum);
  EXPECT_EQ(score.correct, expected_score.correct);
}

std::vector<InstructionSet> SupportedInstructionSets() {
  std::vector<InstructionSet> supported;
  for (const auto candidate :
       {InstructionSet::kX86_64V2, InstructionSet::kX86_64V3, InstructionSet::kX86_64V4}) {
    if (IsSupported(candidate)) supported.push_back(candidate);
  }
  return supported;
}

}  // namespace percept::ml
