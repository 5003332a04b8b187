// The kernels of a layer, dense and sparse, against plain loops in double precision, over sizes on
// both sides of every tile, panel and block.
#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/random.h"
#include "server/ml/aligned_buffer.h"
#include "server/ml/kernels/kernels.h"
#include "server/ml/optimizer.h"
#include "tests/unit/ml/data.h"

namespace percept::ml {
namespace {

struct Size {
  int64_t rows;
  int64_t inputs;
  int64_t outputs;
};

constexpr Size kSizes[] = {
    {1, 1, 1},      {5, 2, 3},       {100, 64, 10},   {7, 700, 40},   {29, 130, 100},
    {24, 513, 17},  {128, 50, 512},  {128, 512, 10},  {33, 784, 144}, {12, 100, 784},
    {600, 40, 560}, {25, 1200, 120}, {128, 300, 300},
};

// A layer with random weights, and what goes through it: B rows, I inputs, O outputs, stride S.
class Layer {
 public:
  Layer(const Size& size, int64_t rows_of_x)
      : rows(rows_of_x),
        inputs(size.inputs),
        outputs(size.outputs),
        stride(PaddedRow(outputs)),
        input_stride(PaddedRow(inputs)),
        parameters((inputs + 1) * stride),
        x(rows * input_stride),
        delta(rows * stride),
        slope(rows * input_stride),
        products_(ProductScratchFloats(rows, inputs, outputs)),
        cursors_(rows),
        column_start_(inputs + 1),
        entries_(std::max(inputs, rows * inputs)) {
    Random random(17, Random::Stream::kGenerator);
    Fill(random, parameters.data(), inputs + 1, outputs, stride);
    Fill(random, x.data(), rows, inputs, input_stride);
    Fill(random, delta.data(), rows, outputs, stride);
    Fill(random, slope.data(), rows, inputs, input_stride);
  }

  LayerView view() {
    return {inputs, outputs, stride, parameters.data(), parameters.data() + inputs * stride};
  }
  DenseRows dense() const { return {rows, x.data(), input_stride}; }
  Scratch scratch() {
    return {products_.data(), cursors_.data(), column_start_.data(), entries_.data(),
            entries_.size()};
  }

  // Element o of the gradient's row i; row I is that of the biases.
  double Gradient(int64_t i, int64_t o) const {
    double sum = 0.0;
    for (int64_t r = 0; r < rows; ++r) {
      const double input = i < inputs ? x.data()[r * input_stride + i] : 1.0;
      sum += input * delta.data()[r * stride + o];
    }
    return sum;
  }

  const int64_t rows;
  const int64_t inputs;
  const int64_t outputs;
  const int64_t stride;
  const int64_t input_stride;
  AlignedBuffer<float> parameters;
  AlignedBuffer<float> x;
  AlignedBuffer<float> delta;
  AlignedBuffer<float> slope;

 private:
  static void Fill(Random& random, float* to, int64_t rows, int64_t width, int64_t stride) {
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t i = 0; i < width; ++i) to[r * stride + i] = random.NextFloat() - 0.5f;
    }
  }

  AlignedBuffer<float> products_;
  AlignedBuffer<uint32_t> cursors_;
  AlignedBuffer<uint32_t> column_start_;
  AlignedBuffer<uint32_t> entries_;
};

// Sums of that many products of numbers up to 0.5 are off by less.
double Tolerance(int64_t depth) { return 1e-7 * static_cast<double>(depth + 10); }

class ProductsBy : public testing::TestWithParam<InstructionSet> {
 protected:
  const Kernels& kernels() const { return KernelsFor(GetParam()); }
};

TEST_P(ProductsBy, ForwardMatchesPlainLoops) {
  for (const Size& size : kSizes) {
    Layer layer(size, size.rows);
    AlignedBuffer<float> z(layer.rows * layer.stride);
    kernels().forward(layer.view(), layer.dense(), z.data(), layer.scratch());
    double largest = 0.0;
    for (int64_t r = 0; r < layer.rows; ++r) {
      for (int64_t o = 0; o < layer.outputs; ++o) {
        double sum = layer.view().bias[o];
        for (int64_t i = 0; i < layer.inputs; ++i) {
          sum += static_cast<double>(layer.x.data()[r * layer.input_stride + i]) *
                 layer.parameters.data()[i * layer.stride + o];
        }
        largest = std::max(largest, std::abs(sum - z.data()[r * layer.stride + o]));
      }
    }
    EXPECT_LE(largest, Tolerance(layer.inputs)) << layer.rows << " x " << layer.inputs;
  }
}

TEST_P(ProductsBy, ForwardGivesARowTheSameBitsWhateverItsBatch) {
  for (const Size& size : kSizes) {
    Layer layer(size, size.rows);
    AlignedBuffer<float> together(layer.rows * layer.stride);
    AlignedBuffer<float> alone(layer.stride);
    kernels().forward(layer.view(), layer.dense(), together.data(), layer.scratch());
    for (int64_t r = 0; r < layer.rows; ++r) {
      const DenseRows row{1, layer.x.data() + r * layer.input_stride, layer.input_stride};
      kernels().forward(layer.view(), row, alone.data(), layer.scratch());
      EXPECT_TRUE(std::equal(alone.data(), alone.data() + layer.outputs,
                             together.data() + r * layer.stride))
          << "row " << r << " of " << layer.rows << " x " << layer.inputs;
    }
  }
}

TEST_P(ProductsBy, BackwardMatchesPlainLoopsWithZerosInThePadding) {
  for (const Size& size : kSizes) {
    Layer layer(size, size.rows);
    AlignedBuffer<float> dx(layer.rows * layer.input_stride);
    std::fill_n(dx.data(), dx.size(), 7.0f);
    kernels().backward(layer.view(), layer.rows, layer.delta.data(), layer.slope.data(), dx.data(),
                       layer.input_stride, layer.scratch());
    double largest = 0.0;
    for (int64_t r = 0; r < layer.rows; ++r) {
      const float* const row = dx.data() + r * layer.input_stride;
      for (int64_t i = 0; i < layer.inputs; ++i) {
        double sum = 0.0;
        for (int64_t o = 0; o < layer.outputs; ++o) {
          sum += static_cast<double>(layer.delta.data()[r * layer.stride + o]) *
                 layer.parameters.data()[i * layer.stride + o];
        }
        sum *= layer.slope.data()[r * layer.input_stride + i];
        largest = std::max(largest, std::abs(sum - row[i]));
      }
      for (int64_t i = layer.inputs; i < layer.input_stride; ++i) EXPECT_EQ(row[i], 0.0f);
    }
    EXPECT_LE(largest, Tolerance(layer.outputs)) << layer.rows << " x " << layer.inputs;
  }
}

TEST_P(ProductsBy, UpdateAddsTheGradientOfPlainLoops) {
  for (const Size& size : kSizes) {
    Layer layer(size, size.rows);
    const std::vector<float> before(layer.parameters.data(),
                                    layer.parameters.data() + layer.parameters.size());
    kernels().update(layer.view(), layer.dense(), layer.delta.data(), UpdateRule::Accumulation(),
                     layer.scratch());
    double largest = 0.0;
    for (int64_t i = 0; i <= layer.inputs; ++i) {
      for (int64_t o = 0; o < layer.stride; ++o) {
        const int64_t at = i * layer.stride + o;
        const double expected = before[at] + (o < layer.outputs ? layer.Gradient(i, o) : 0.0);
        largest = std::max(largest, std::abs(expected - layer.parameters.data()[at]));
      }
    }
    EXPECT_LE(largest, Tolerance(layer.rows)) << layer.rows << " x " << layer.inputs;
  }
}

INSTANTIATE_TEST_SUITE_P(, ProductsBy, testing::ValuesIn(SupportedInstructionSets()),
                         [](const testing::TestParamInfo<InstructionSet>& instruction_set) {
                           return "V" + std::to_string(static_cast<int>(instruction_set.param));
                         });

constexpr OptimizerKind kOptimizers[] = {OptimizerKind::kSgd, OptimizerKind::kMomentum,
                                         OptimizerKind::kAdam};

// Updates by a rule must change parameters as the rule does once it is given the whole gradient.
class RulesBy : public testing::TestWithParam<std::tuple<InstructionSet, OptimizerKind>> {
 protected:
  const Kernels& kernels() const { return KernelsFor(std::get<0>(GetParam())); }

  // Carries out three updates both ways. `update` changes a layer by a rule.
  template <class Update>
  void ExpectAgreement(const Size& size, const Layer& start, const Update& update) const {
    const TrainingSpec training = TrainingBy(std::get<1>(GetParam()), 0.05);
    Layer fused(size, start.rows);
    Layer apart(size, start.rows);
    AlignedBuffer<float> gradient(fused.parameters.size());
    Optimizer fused_optimizer(training, gradient.size());
    Optimizer apart_optimizer(training, gradient.size());
    for (int step = 0; step < 3; ++step) {
      update(fused, fused.view(), fused_optimizer.Next(fused.parameters.data(), 0.1));
      std::fill_n(gradient.data(), gradient.size(), 0.0f);
      LayerView sums = apart.view();
      sums.weights = gradient.data();
      sums.bias = gradient.data() + sums.inputs * sums.stride;
      update(apart, sums, UpdateRule::Accumulation());
      kernels().apply(apart_optimizer.Next(apart.parameters.data(), 0.1), gradient.size(),
                      gradient.data(), apart.parameters.data());
    }
    EXPECT_TRUE(std::equal(fused.parameters.data(),
                           fused.parameters.data() + fused.parameters.size(),
                           apart.parameters.data()))
        << start.rows << " x " << start.inputs << " x " << start.outputs;
  }
};

TEST_P(RulesBy, ChangeDenseLayersAsTheyDoByTheWholeGradient) {
  for (const Size& size : kSizes) {
    ExpectAgreement(size, Layer(size, size.rows),
                    [&](Layer& layer, const LayerView& target, const UpdateRule& rule) {
                      kernels().update(target, layer.dense(), layer.delta.data(), rule,
                                       layer.scratch());
                    });
  }
}

TEST_P(RulesBy, ChangeSparseLayersAsTheyDoByTheWholeGradient) {
  for (const Size& size : {Size{5, 40, 3}, Size{100, 784, 10}, Size{20, 8200, 3},
                           Size{100, 300, 64}, Size{128, 90, 200}}) {
    const TestData pixels =
        TestData::Pixels(size.rows, static_cast<int32_t>(size.inputs), 2, 0.3, 4);
    const SparseBatch x{pixels.Sparse().sparse, nullptr, 0, size.rows};
    ExpectAgreement(size, Layer(size, size.rows),
                    [&](Layer& layer, const LayerView& target, const UpdateRule& rule) {
                      kernels().update_sparse(target, x, layer.delta.data(), rule, layer.scratch());
                    });
  }
}

INSTANTIATE_TEST_SUITE_P(
    , RulesBy,
    testing::Combine(testing::ValuesIn(SupportedInstructionSets()), testing::ValuesIn(kOptimizers)),
    [](const testing::TestParamInfo<std::tuple<InstructionSet, OptimizerKind>>& one) {
      return "V" + std::to_string(static_cast<int>(std::get<0>(one.param))) + "Optimizer" +
             std::to_string(static_cast<int>(std::get<1>(one.param)));
    });

}  // namespace
}  // namespace percept::ml
