#include <cstdlib>
#include <string>

#include "gtest/gtest.h"

#include "server/data/mnist.h"
#include "server/data/transforms.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/test_attempt.h"

// The notebook's runs on MNIST, as script/bootstrap installs it, against training by hand.
namespace percept::training {
namespace {

using storage::JobSpec;

class NotebookRuns : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const char* const given = std::getenv("PERCEPTD_ASSETS_DIR");
    const std::string assets = given != nullptr ? given : PERCEPT_DEFAULT_ASSETS_DIR;
    absl::StatusOr<data::Dataset> mnist =
        data::LoadMnist(assets + "/mnist", "script/bootstrap --assets");
    ASSERT_OK(mnist);
    mnist_ = new data::Dataset(*std::move(mnist));
  }

  static void TearDownTestSuite() {
    delete mnist_;
    mnist_ = nullptr;
  }

  void SetUp() override { ASSERT_NE(mnist_, nullptr); }

  // The last snapshot's metrics of a perceptron on two digits, 1000 rounds.
  static storage::Metrics TellApart(int32_t positive, int32_t negative) {
    absl::StatusOr<data::Dataset> digits =
        data::TakeTwoClasses(*mnist_, positive, negative, "dataset.binary");
    EXPECT_OK(digits);
    JobSpec spec = PerceptronSpec();
    spec.training.iterations = 1000;
    TestAttempt attempt(spec, *std::move(digits));
    attempt.ExpectAsByHand();
    EXPECT_EQ(attempt.snapshots().back().instances, 2000);
    return attempt.snapshots().back().metrics;
  }

  // Trained by SGD at 0.1 in batches of 100.
  static JobSpec BatchSpec(ModelSpec model, int32_t epochs) {
    JobSpec spec;
    spec.model = std::move(model);
    spec.training.learning_rate = 0.1;
    spec.training.batch_size = 100;
    spec.training.epochs = epochs;
    spec.seed = 1;
    return spec;
  }

  static const data::Dataset* mnist_;
};

const data::Dataset* NotebookRuns::mnist_ = nullptr;

TEST_F(NotebookRuns, APerceptronTellsOnesFromZeros) {
  EXPECT_GE(*TellApart(1, 0).training_accuracy, 0.99);
}

TEST_F(NotebookRuns, APerceptronTellsTwosFromFives) {
  EXPECT_GE(*TellApart(2, 5).training_accuracy, 0.9);
}

TEST_F(NotebookRuns, AMultiperceptronReadsDigits) {
  TestAttempt attempt(BatchSpec({.kind = ModelKind::kMultiperceptron}, 2), *mnist_);
  attempt.ExpectAsByHand();
  EXPECT_EQ(attempt.snapshots().back().step, 1200);
  EXPECT_GE(*attempt.snapshots().back().metrics.validation_accuracy, 0.89);
}

TEST_F(NotebookRuns, AnMlpReadsDigits) {
  TestAttempt attempt(BatchSpec({.kind = ModelKind::kMlp, .hidden_units = {64}}, 5), *mnist_);
  attempt.ExpectAsByHand();
  EXPECT_EQ(attempt.snapshots().back().step, 3000);
  EXPECT_GE(*attempt.snapshots().back().metrics.validation_accuracy, 0.94);
}

}  // namespace
}  // namespace percept::training
