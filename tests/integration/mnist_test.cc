// The real MNIST, where script/bootstrap has put it.
#include "server/data/mnist.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"

#include "server/data/catalogue.h"
#include "tests/support/fake_clock.h"
#include "tests/support/memory_dataset_repository.h"
#include "tests/support/status_matchers.h"

namespace percept::data {
namespace {

using ::testing::ElementsAre;

std::string AssetsDir() {
  const char* from_environment = std::getenv("PERCEPTD_ASSETS_DIR");
  return from_environment != nullptr ? from_environment : PERCEPT_DEFAULT_ASSETS_DIR;
}

int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t total_pages = 0;
  int64_t resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * sysconf(_SC_PAGESIZE);
}

TEST(Mnist, LoadsQuicklyIntoLittleMemory) {
  const int64_t resident_before = ResidentBytes();
  const absl::Time start = absl::Now();
  ASSERT_OK_AND_ASSIGN(const Dataset mnist,
                       LoadMnist(AssetsDir() + "/mnist", "script/bootstrap --assets"));
  RecordProperty("load_ms", std::to_string(absl::ToInt64Milliseconds(absl::Now() - start)));
  // 10.5 million non-zero pixels of three bytes each.
  EXPECT_LT(mnist.size_bytes(), 33 << 20);
  EXPECT_LT(ResidentBytes() - resident_before, 40 << 20);
}

TEST(Mnist, HasTheKnownImages) {
  ASSERT_OK_AND_ASSIGN(const Dataset mnist,
                       LoadMnist(AssetsDir() + "/mnist", "script/bootstrap --assets"));
  EXPECT_TRUE(mnist.is_sparse);
  EXPECT_EQ(mnist.inputs, 784);
  EXPECT_EQ(mnist.classes, 10);
  EXPECT_EQ(mnist.image_shape, (ImageShape{28, 28, 1}));
  const Split& train = mnist.split(SplitKind::kTrain);
  EXPECT_EQ(train.examples, 60000);
  EXPECT_EQ(train.sparse.row_start.size(), 60001);
  EXPECT_EQ(train.sparse.columns.size(), train.sparse.values.size());
  EXPECT_THAT(std::vector<int32_t>(train.labels.begin(), train.labels.begin() + 5),
              ElementsAre(5, 0, 4, 1, 9));
  // The first image, a five, begins in row 5, column 12.
  EXPECT_EQ(train.sparse.columns[0], 5 * 28 + 12);
  EXPECT_THAT(std::vector<int>(train.sparse.values.begin(), train.sparse.values.begin() + 4),
              ElementsAre(3, 18, 18, 18));
  const Split& validation = mnist.split(SplitKind::kValidation);
  EXPECT_EQ(validation.examples, 10000);
  EXPECT_THAT(std::vector<int32_t>(validation.labels.begin(), validation.labels.begin() + 5),
              ElementsAre(7, 2, 1, 0, 4));
  EXPECT_EQ(mnist.split(SplitKind::kTest).examples, 0);
}

TEST(Mnist, IsListedByTheCatalogueAmongCreatedSets) {
  testing::MemoryDatasetRepository repository;
  testing::FakeClock clock;
  Catalogue catalogue({AssetsDir(), "script/bootstrap --assets", /*cache_bytes=*/0}, &repository,
                      &clock);
  for (const char* id : {"ant", "zebra"}) ASSERT_OK(catalogue.Create(id, {}, ""));
  EXPECT_EQ(*catalogue.Count(), 3);
  ASSERT_OK_AND_ASSIGN(const auto all, catalogue.List("", 10));
  ASSERT_EQ(all.size(), 3);
  EXPECT_EQ(all[0].id, "ant");
  EXPECT_EQ(all[2].id, "zebra");

  const DatasetRecord& mnist = all[1];
  EXPECT_EQ(mnist.id, "mnist");
  EXPECT_TRUE(mnist.is_installed());
  EXPECT_FALSE(mnist.description.empty());
  EXPECT_EQ(mnist.create_time, absl::InfinitePast());
  EXPECT_EQ(mnist.splits[0].examples, 60000);
  EXPECT_THAT(mnist.splits[0].class_counts,
              ElementsAre(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949));
  EXPECT_THAT(mnist.splits[1].class_counts,
              ElementsAre(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009));
  EXPECT_EQ(mnist.splits[2].examples, 0);

  ASSERT_OK_AND_ASSIGN(const auto last_of_two, catalogue.List("", 2));
  EXPECT_EQ(last_of_two[1].id, "mnist");
  ASSERT_OK_AND_ASSIGN(const auto first_only, catalogue.List("", 1));
  EXPECT_EQ(first_only[0].id, "ant");
  ASSERT_OK_AND_ASSIGN(const auto after, catalogue.List("mnist", 2));
  ASSERT_EQ(after.size(), 1);
  EXPECT_EQ(after[0].id, "zebra");

  // The record outlives the content, which this catalogue does not keep.
  ASSERT_OK_AND_ASSIGN(const DatasetRecord again, catalogue.Get("mnist"));
  EXPECT_EQ(again, mnist);
  ASSERT_OK_AND_ASSIGN(const auto content, catalogue.Load("mnist"));
  EXPECT_EQ(ContentDigest(*content), mnist.digest);
}

}  // namespace
}  // namespace percept::data
