#include "server/ml/flush_denormals.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"

#include "tests/unit/ml/data.h"

namespace percept::ml {
namespace {

// The smallest normal number, halved: a denormal one, unless they are flushed.
float Half() {
  volatile float smallest = std::numeric_limits<float>::min();
  return smallest * 0.5f;
}

TEST(FlushDenormals, TurnsThemIntoZerosWhileItLives) {
  EXPECT_NE(Half(), 0.0f);
  {
    const FlushDenormals flush;
    volatile float denormal = std::numeric_limits<float>::denorm_min();
    EXPECT_EQ(Half(), 0.0f);
    EXPECT_EQ(denormal * 1e10f, 0.0f);
  }
  EXPECT_NE(Half(), 0.0f);
}

TEST(FlushDenormals, DoesNotOutliveAStepOfTraining) {
  const TestData data = TestData::Floats(8, 2, 2, 1);
  const auto model = MakeModel(MlpSpec({3}), {2, 2}, 8, KernelsFor(BestInstructionSet()));
  model->TrainBatch(data.Dense(), Rows(0, 8), 0.1);
  EXPECT_NE(Half(), 0.0f);
}

}  // namespace
}  // namespace percept::ml
