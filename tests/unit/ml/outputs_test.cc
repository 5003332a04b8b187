// What the units of each layer put out, and what a model takes examples for.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"

#include "server/ml/model.h"
#include "tests/unit/ml/data.h"
#include "tests/unit/ml/oracle.h"

namespace percept::ml {
namespace {

constexpr auto kAlways = [] { return true; };

// What a model classifies examples as.
struct Classified {
  std::vector<int32_t> classes;
  std::vector<float> confidence;
};

Classified Classify(ModelCopy& copy, const Examples& examples) {
  Classified classified{std::vector<int32_t>(examples.count, -1),
                        std::vector<float>(examples.count, -1.0f)};
  EXPECT_TRUE(copy.ClassifyWhile(examples, absl::MakeSpan(classified.classes),
                                 absl::MakeSpan(classified.confidence), kAlways));
  return classified;
}

std::vector<float> Outputs(ModelCopy& copy, const Examples& examples, int32_t layer,
                           int64_t units) {
  std::vector<float> outputs(examples.count * units, NAN);
  EXPECT_TRUE(copy.OutputsWhile(examples, layer, absl::MakeSpan(outputs), kAlways));
  return outputs;
}

class OutputsBy : public testing::TestWithParam<InstructionSet> {
 protected:
  // A model that has been trained a little, and its copy.
  void Make(const ModelSpec& spec, ModelShape shape, const TestData& data) {
    model_ = MakeModel(spec, shape, 10, KernelsFor(GetParam()));
    model_->TrainBatch(data.Dense(), Rows(0, 10), 0.5);  // A multiperceptron starts from zeros.
    copy_ = model_->NewCopy();
    model_->CopyTo(*copy_);
    spec_ = spec;
    shape_ = shape;
  }

  // Expects outputs of each layer and classes to be the oracle's.
  void ExpectOracles(const TestData& data, const Examples& examples) {
    const oracle::Network oracle = OracleOf(*model_, spec_, shape_);
    const std::vector<oracle::Example> expected = data.ForOracle();
    std::vector<int32_t> widths = spec_.hidden_units;
    widths.push_back(shape_.classes);
    for (size_t layer = 0; layer < widths.size(); ++layer) {
      const int64_t units = widths[layer];
      const std::vector<float> outputs =
          Outputs(*copy_, examples, static_cast<int32_t>(layer), units);
      for (int64_t n = 0; n < examples.count; ++n) {
        const oracle::Vector wanted = oracle.OutputsOf(layer, expected[n].x);
        for (int64_t unit = 0; unit < units; ++unit) {
          ASSERT_NEAR(outputs[n * units + unit], wanted[unit],
                      2e-6 * (1.0 + std::abs(wanted[unit])))
              << "unit " << unit << " of layer " << layer << ", example " << n;
        }
      }
    }
    const Classified classified = Classify(*copy_, examples);
    for (int64_t n = 0; n < examples.count; ++n) {
      const oracle::Vector p = oracle.Probabilities(expected[n].x);
      const auto largest = std::max_element(p.begin(), p.end());
      ASSERT_EQ(classified.classes[n], largest - p.begin()) << n;
      ASSERT_NEAR(classified.confidence[n], *largest, 1e-5) << n;
    }
  }

  std::unique_ptr<Model> model_;
  std::unique_ptr<ModelCopy> copy_;
  ModelSpec spec_;
  ModelShape shape_;
};

TEST_P(OutputsBy, OfNarrowNetworksMatchTheOracle) {
  for (const int64_t count : {10, 16, 17, 300}) {
    SCOPED_TRACE(count);
    const TestData data = TestData::Floats(count, 2, 3, 1);
    Make(MlpSpec({3}), {2, 3}, data);
    ExpectOracles(data, data.Dense());
    Make(MultiperceptronSpec(), {2, 3}, data);
    ExpectOracles(data, data.Dense());
  }
}

TEST_P(OutputsBy, OfEachActivationAndDepthMatchTheOracle) {
  for (const Activation activation :
       {Activation::kTanh, Activation::kSigmoid, Activation::kRelu, Activation::kGelu}) {
    SCOPED_TRACE(static_cast<int>(activation));
    const TestData narrow = TestData::Floats(40, 4, 2, 1);
    Make(MlpSpec({6, 5}, activation), {4, 2}, narrow);
    ExpectOracles(narrow, narrow.Dense());
    const TestData wide = TestData::Floats(40, 30, 5, 1);
    Make(MlpSpec({33, 17, 8}, activation), {30, 5}, wide);
    ExpectOracles(wide, wide.Dense());
  }
}

TEST_P(OutputsBy, OfSparseExamplesMatchTheOracle) {
  const TestData data = TestData::Pixels(600, 50, 10, 0.2, 1);
  Make(MlpSpec({20}), {50, 10}, data);
  ExpectOracles(data, data.Sparse());
  Make(MultiperceptronSpec(), {50, 10}, data);
  ExpectOracles(data, data.Sparse());
}

TEST_P(OutputsBy, ClassesTieToTheLowest) {
  for (const int32_t classes : {2, 3, 20}) {
    const TestData data = TestData::Floats(40, 2, classes, 1);
    const auto model = MakeModel(MultiperceptronSpec(), {2, classes}, 10, KernelsFor(GetParam()));
    const auto copy = model->NewCopy();
    model->CopyTo(*copy);
    const Classified classified = Classify(*copy, data.Dense());  // All scores are 0.
    EXPECT_EQ(classified.classes, std::vector<int32_t>(40, 0));
    for (const float confidence : classified.confidence) {
      EXPECT_NEAR(confidence, 1.0 / classes, 1e-6);
    }
  }
}

TEST_P(OutputsBy, ConfidenceIsNaNWhereAScoreIsNotFinite) {
  for (const int32_t classes : {2, 3, 20}) {  // Narrow ones, and one that is not.
    std::vector<float> points(2 * 20, 0.5f);
    points[2 * 7] = points[2 * 7 + 1] = std::numeric_limits<float>::quiet_NaN();
    const TestData data = TestData::Points(2, points, std::vector<int32_t>(20, 0));
    Make(MlpSpec({4}, Activation::kRelu), {2, classes}, TestData::Floats(20, 2, classes, 3));
    const Classified classified = Classify(*copy_, data.Dense());
    for (size_t n = 0; n < 20; ++n) EXPECT_EQ(std::isnan(classified.confidence[n]), n == 7) << n;
  }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, OutputsBy, testing::ValuesIn(SupportedInstructionSets()));

TEST(Outputs, EndWhereNobodyWaits) {
  const TestData data = TestData::Floats(40'000, 2, 2, 1);
  const ModelShape shape = {2, 2};
  const auto never = [] { return false; };
  std::vector<float> floats(80'000);
  std::vector<int32_t> classes(40'000);
  for (const ModelSpec& spec : {MlpSpec({3}), MlpSpec({40})}) {
    const auto model = MakeModel(spec, shape, 10, KernelsFor(BestInstructionSet()));
    const auto copy = model->NewCopy();
    model->CopyTo(*copy);
    EXPECT_FALSE(copy->OutputsWhile(data.Dense(), 1, absl::MakeSpan(floats), never));
    EXPECT_FALSE(
        copy->ClassifyWhile(data.Dense(), absl::MakeSpan(classes), absl::MakeSpan(floats), never));
  }
}

TEST(PerceptronOutputs, AreProductsWhoseSignSinglePrecisionKeeps) {
  const std::vector<double> weights = {1.0, -1e-60};
  const auto copy =
      LoadModel(PerceptronSpec(), {2, 2}, {reinterpret_cast<const char*>(weights.data()), 16},
                KernelsFor(BestInstructionSet()));
  ASSERT_TRUE(copy.ok());
  const TestData data = TestData::Points(2, {2, 0, 0, 1, -3, 0, 0, 0}, {0, 0, 0, 0});
  const std::vector<float> products = Outputs(**copy, data.Dense(), 0, 1);
  EXPECT_EQ(products[0], 2.0f);
  EXPECT_LT(products[1], 0.0f);
  EXPECT_EQ(products[2], -3.0f);
  const Classified classified = Classify(**copy, data.Dense());
  EXPECT_EQ(classified.classes, (std::vector<int32_t>{1, 0, 0, 1}));
  EXPECT_EQ(classified.confidence, std::vector<float>(4, 1.0f));
}

}  // namespace
}  // namespace percept::ml
