#include "client/cli/render_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace percept::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Rendered(const v1::Dataset& dataset) {
  return RenderDataset(dataset, absl::FromUnixSeconds(1012));
}

TEST(RenderDataset, ShowsWhereItComesFrom) {
  v1::Dataset dataset;
  dataset.mutable_generator()->set_generator(v1::GENERATOR_XOR);
  dataset.mutable_generator()->set_seed(7);
  EXPECT_THAT(Rendered(dataset), HasSubstr("from     xor\n  seed     7\n"));

  dataset.mutable_binary()->set_dataset("datasets/mnist");
  dataset.mutable_binary()->set_positive_label(2);
  dataset.mutable_binary()->set_negative_label(5);
  EXPECT_THAT(Rendered(dataset), HasSubstr("from     mnist, 2 against 5\n"));

  dataset.mutable_normalised()->set_dataset("datasets/iris");
  EXPECT_THAT(Rendered(dataset), HasSubstr("from     iris, normalised\n"));
}

TEST(RenderDataset, ShowsEachFeature) {
  v1::Dataset dataset;
  dataset.mutable_derived()->set_dataset("datasets/xor");
  dataset.mutable_derived()->add_features("x0");
  dataset.mutable_derived()->add_features("x0*x1/abs(x0)");
  dataset.mutable_derived()->set_nonfinite_replacement(0);
  EXPECT_THAT(Rendered(dataset), HasSubstr("from        features of xor\n"
                                           "  x0          x0\n"
                                           "  x1          x0*x1/abs(x0)\n"
                                           "  non-finite  becomes 0\n"));
}

TEST(RenderDataset, ShowsHowFilesWereReadAndDisarmsTheirNames) {
  v1::Dataset dataset;
  dataset.mutable_upload()->add_file_names("iris\x1b[2J.csv");
  dataset.mutable_upload()->set_label_column("species");
  dataset.mutable_upload()->set_validation_fraction(0.2);
  dataset.mutable_upload()->set_seed(7);
  const std::string text = Rendered(dataset);
  EXPECT_THAT(text, HasSubstr("files       iris?[2J.csv\n"));
  EXPECT_THAT(text, HasSubstr("label       species\n"));
  EXPECT_THAT(text, HasSubstr("carved off  0.2 for validation, seed 7\n"));
}

TEST(RenderDataset, SaysHowOftenTheTestSplitWasRead) {
  v1::Dataset dataset;
  EXPECT_THAT(Rendered(dataset), Not(HasSubstr("test read")));
  dataset.set_test_read_count(2);
  dataset.mutable_last_test_read_time()->set_seconds(1000);
  EXPECT_THAT(Rendered(dataset), HasSubstr("test read  2 times, last "));
  EXPECT_THAT(Rendered(dataset), HasSubstr("(12 s ago)"));
}

}  // namespace
}  // namespace percept::cli
