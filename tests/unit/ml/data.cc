#include "tests/unit/ml/data.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "gtest/gtest.h"

#include "server/base/random.h"

namespace percept::ml {

TestData TestData::Pixels(int64_t count, int32_t inputs, int32_t classes, double density,
                          uint64_t seed) {
  TestData data;
  data.inputs_ = inputs;
  Random random(seed, Random::Stream::kGenerator);
  data.row_start_.push_back(0);
  for (int64_t n = 0; n < count; ++n) {
    for (int32_t column = 0; column < inputs; ++column) {
      const bool is_blank = (n % 12 == 5 || column % 12 == 7) && inputs > 12;
      uint8_t value = 0;
      if (!is_blank && random.NextDouble() < density) value = 1 + random.NextBelow(255);
      data.floats_.push_back(static_cast<float>(value) / 255.0f);
      if (value == 0) continue;
      data.columns_.push_back(static_cast<uint16_t>(column));
      data.values_.push_back(value);
    }
    data.row_start_.push_back(static_cast<uint32_t>(data.columns_.size()));
    data.labels_.push_back(static_cast<int32_t>(random.NextBelow(classes)));
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

std::unique_ptr<Model> MakeModel(const ModelSpec& spec, ModelShape shape, int32_t max_batch,
                                 const Kernels& kernels, uint64_t seed) {
  auto model = CreateModel(spec, TrainingSpec{}, shape, seed, max_batch, kernels);
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

oracle::Mlp OracleOf(const Model& model, const ModelSpec& spec, ModelShape shape) {
  std::vector<int> widths = {shape.inputs};
  widths.insert(widths.end(), spec.hidden_units.begin(), spec.hidden_units.end());
  widths.push_back(shape.classes);
  return oracle::Mlp(spec.activation, widths, ExportOf(model, spec, shape));
}

double LargestTensorError(const Model& model, const ModelSpec& spec, ModelShape shape,
                          oracle::Mlp& expected) {
  const std::vector<float> floats = FloatsOf(ExportOf(model, spec, shape));
  size_t at = 0;
  double largest = 0.0;
  const auto compare = [&](const oracle::Vector& tensor) {
    double difference = 0.0;
    double norm = 0.0;
    for (const double value : tensor) {
      difference += (floats[at] - value) * (floats[at] - value);
      norm += value * value;
      ++at;
    }
    const double error = std::sqrt(difference / norm);
    if (!(error <= largest)) largest = error;
  };
  for (const oracle::Layer& layer : expected.layers()) {
    oracle::Vector weight;
    for (const oracle::Vector& row : layer.weight)
      weight.insert(weight.end(), row.begin(), row.end());
    compare(weight);
    compare(layer.bias);
  }
  EXPECT_EQ(at, floats.size());
  return largest;
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
