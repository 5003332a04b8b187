// The first layer on sparse bytes, forward, against plain loops in double precision.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/random.h"
#include "server/ml/aligned_buffer.h"
#include "server/ml/kernels/kernels.h"
#include "tests/unit/ml/data.h"

namespace percept::ml {
namespace {

// A layer with random weights and rows of random pixels for it.
class Subject {
 public:
  Subject(int64_t rows, int32_t inputs, int64_t outputs, double density)
      : data(TestData::Pixels(rows, inputs, 2, density, 1)),
        stride(PaddedRow(outputs)),
        outputs_(outputs),
        parameters_((inputs + 1) * stride),
        cursors_(rows) {
    Random random(3, Random::Stream::kGenerator);
    for (int64_t i = 0; i <= inputs; ++i) {
      for (int64_t o = 0; o < outputs; ++o) {
        parameters_.data()[i * stride + o] = random.NextFloat() - 0.5f;
      }
    }
  }

  // z [count, stride] of the rows that `indices` names, or those from `first` on.
  std::vector<float> Forward(const Kernels& kernels, const uint32_t* indices, int64_t first,
                             int64_t count) {
    AlignedBuffer<float> z(count * stride);
    std::fill_n(z.data(), z.size(), NAN);  // What z was must not matter.
    const int64_t inputs = data.inputs();
    const LayerView layer{inputs, outputs_, stride, parameters_.data(),
                          parameters_.data() + inputs * stride};
    kernels.forward_sparse(layer, {data.Sparse().sparse, indices, first, count}, z.data(),
                           {.cursors = cursors_.data()});
    return {z.data(), z.data() + z.size()};
  }

  double Expected(int64_t row, int64_t o) {
    const int64_t inputs = data.inputs();
    double sum = parameters_.data()[inputs * stride + o];
    for (int64_t i = 0; i < inputs; ++i) {
      sum +=
          static_cast<double>(data.floats()[row * inputs + i]) * parameters_.data()[i * stride + o];
    }
    return sum;
  }

  TestData data;
  const int64_t stride;

 private:
  const int64_t outputs_;
  AlignedBuffer<float> parameters_;
  AlignedBuffer<uint32_t> cursors_;
};

class SparseForwardBy : public testing::TestWithParam<InstructionSet> {
 protected:
  const Kernels& kernels() const { return KernelsFor(GetParam()); }
};

// Widths of one to eight vectors and more, each with one block of weights and with several.
TEST_P(SparseForwardBy, MatchesPlainLoopsWhateverTheWidthAndBlocks) {
  for (const int64_t outputs : {3, 16, 20, 64, 100, 144}) {
    for (const int32_t inputs : {1, 30, 784, 2500}) {
      Subject subject(15, inputs, outputs, 0.3);
      const std::vector<float> z = subject.Forward(kernels(), nullptr, 0, 15);
      for (int64_t r = 0; r < 15; ++r) {
        for (int64_t o = 0; o < outputs; ++o) {
          EXPECT_NEAR(z[r * subject.stride + o], subject.Expected(r, o), 1e-7 * (inputs + 10))
              << inputs << "-" << outputs << " row " << r;
        }
      }
    }
  }
}

TEST_P(SparseForwardBy, GivesARowTheSameBitsInAnyBatch) {
  for (const int64_t outputs : {10, 64}) {
    Subject subject(40, 784, outputs, 0.2);
    const std::vector<float> all = subject.Forward(kernels(), nullptr, 0, 40);
    const std::vector<uint32_t> indices = {39, 5, 5, 0, 17};  // Row 5 has no pixels.
    const std::vector<float> some = subject.Forward(kernels(), indices.data(), 0, 5);
    for (size_t r = 0; r < indices.size(); ++r) {
      const auto row = all.begin() + indices[r] * subject.stride;
      const auto same = some.begin() + static_cast<int64_t>(r) * subject.stride;
      EXPECT_EQ(std::vector<float>(same, same + subject.stride),
                std::vector<float>(row, row + subject.stride))
          << outputs << " row " << indices[r];
    }
  }
}

TEST_P(SparseForwardBy, GivesTheBiasForARowWithoutPixels) {
  Subject subject(6, 3000, 64, 0.2);
  const std::vector<float> z = subject.Forward(kernels(), nullptr, 5, 1);
  for (int64_t o = 0; o < 64; ++o) EXPECT_EQ(z[o], subject.Expected(5, o));
}

INSTANTIATE_TEST_SUITE_P(, SparseForwardBy, testing::ValuesIn(SupportedInstructionSets()),
                         [](const testing::TestParamInfo<InstructionSet>& instruction_set) {
                           return "V" + std::to_string(static_cast<int>(instruction_set.param));
                         });

}  // namespace
}  // namespace percept::ml
