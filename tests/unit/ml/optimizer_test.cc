#include "server/ml/optimizer.h"

#include "gtest/gtest.h"

#include "server/ml/aligned_buffer.h"
#include "tests/unit/ml/data.h"

namespace percept::ml {
namespace {

TEST(Sgd, SubtractsTheScaledGradient) {
  for (const InstructionSet instruction_set : SupportedInstructionSets()) {
    const auto optimizer = CreateOptimizer(TrainingSpec{}, KernelsFor(instruction_set));
    ASSERT_TRUE(optimizer.ok()) << optimizer.status();
    AlignedBuffer<float> parameters(32);
    AlignedBuffer<float> gradient(32);
    for (int i = 0; i < 32; ++i) {
      parameters.data()[i] = static_cast<float>(i);
      gradient.data()[i] = static_cast<float>(3 * i);
    }
    (*optimizer)->Update({parameters.data(), 32}, {gradient.data(), 32}, 0.5);
    for (int i = 0; i < 32; ++i) EXPECT_EQ(parameters.data()[i], -0.5f * static_cast<float>(i));
    EXPECT_TRUE((*optimizer)->is_plain_descent());
  }
}

TEST(CreateOptimizer, RefusesMomentumByName) {
  TrainingSpec training;
  training.optimizer = OptimizerKind::kMomentum;
  const auto optimizer = CreateOptimizer(training, KernelsFor(InstructionSet::kX86_64V2));
  EXPECT_EQ(optimizer.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(optimizer.status().message(), "optimizer: this server has sgd only, got momentum");
}

}  // namespace
}  // namespace percept::ml
