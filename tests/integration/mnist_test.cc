// The real MNIST, where script/bootstrap has put it.
#include "server/data/mnist.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"

#include "server/data/catalogue.h"
#include "server/data/uploads.h"
#include "server/inspect/image_input.h"
#include "tests/support/fake_clock.h"
#include "tests/support/memory_dataset_repository.h"
#include "tests/support/memory_upload_repository.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

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

TEST(Mnist, ImagesGivenAsPicturesComeOutUnchanged) {
  ASSERT_OK_AND_ASSIGN(const Dataset mnist,
                       LoadMnist(AssetsDir() + "/mnist", "script/bootstrap --assets"));
  const Split& split = mnist.split(SplitKind::kValidation);
  for (size_t row = 0; row < static_cast<size_t>(split.examples); ++row) {
    Image image = {*mnist.image_shape, std::vector<uint8_t>(784)};
    std::vector<float> expected(784);
    for (uint32_t at = split.sparse.row_start[row]; at < split.sparse.row_start[row + 1]; ++at) {
      image.pixels[split.sparse.columns[at]] = split.sparse.values[at];
      expected[split.sparse.columns[at]] = static_cast<float>(split.sparse.values[at]) / 255.0f;
    }
    const inspect::PreparedInput prepared =
        inspect::PrepareInput(image, image.shape, inspect::InvertChoice::kAuto);
    ASSERT_EQ(prepared.inputs, expected) << "image " << row;
  }
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
  Catalogue catalogue({.assets_dir = AssetsDir(), .cache_bytes = 0}, &repository, &clock);
  for (const char* id : {"ant", "zebra"}) ASSERT_OK(catalogue.Create(id, GeneratorSource{}, ""));
  EXPECT_EQ(*catalogue.Count(), 3);
  ASSERT_OK_AND_ASSIGN(const auto all, catalogue.List("", 10));
  ASSERT_EQ(all.size(), 3);
  EXPECT_EQ(all[0].id, "ant");
  EXPECT_EQ(all[2].id, "zebra");

  const DatasetRecord& mnist = all[1];
  EXPECT_EQ(mnist.id, "mnist");
  EXPECT_TRUE(mnist.is_installed());
  EXPECT_EQ(mnist.source, Source(InstalledSource{std::string(kMnistDescription)}));
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

  // Uses of a split are counted, though it has no record of its own.
  ASSERT_OK(catalogue.RecordTestRead("mnist"));
  EXPECT_EQ(catalogue.Get("mnist")->test_read_count, 1);
  EXPECT_EQ(catalogue.Get("mnist")->last_test_read_time, clock.Now());
}

// Numbers of the examples of two labels, in the file's order.
std::vector<size_t> RowsOf(const Split& split, int32_t first, int32_t second) {
  std::vector<size_t> rows;
  for (size_t row = 0; row < split.labels.size(); ++row) {
    if (split.labels[row] == first || split.labels[row] == second) rows.push_back(row);
  }
  return rows;
}

std::vector<uint8_t> PixelsOf(const Split& split, size_t row) {
  return {split.sparse.values.begin() + split.sparse.row_start[row],
          split.sparse.values.begin() + split.sparse.row_start[row + 1]};
}

TEST(Mnist, HasThePairsOfDigitsThatTheNotebookTrainsOn) {
  const testing::TempDir folder;
  testing::MemoryDatasetRepository repository;
  testing::FakeClock clock;
  Catalogue catalogue({.assets_dir = AssetsDir(), .content_dir = folder.path()}, &repository,
                      &clock);
  ASSERT_OK(catalogue.Recover());
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record,
                       catalogue.Create("ones", BinarySource{"mnist", 1, 0}, ""));
  EXPECT_THAT(record.splits[0].class_counts, ElementsAre(5923, 6742));
  EXPECT_THAT(record.splits[1].class_counts, ElementsAre(980, 1135));
  EXPECT_EQ(record.splits[2].examples, 0);
  EXPECT_EQ(record.image_shape, (ImageShape{28, 28, 1}));

  // A catalogue started anew reads the stored content, and finds each image in its place.
  Catalogue restarted({.assets_dir = AssetsDir(), .content_dir = folder.path()}, &repository,
                      &clock);
  ASSERT_OK_AND_ASSIGN(const auto ones, restarted.Load("ones"));
  ASSERT_OK_AND_ASSIGN(const auto mnist, restarted.Load("mnist"));
  EXPECT_TRUE(ones->is_sparse);
  for (const SplitKind kind : {SplitKind::kTrain, SplitKind::kValidation}) {
    const std::vector<size_t> rows = RowsOf(mnist->split(kind), 1, 0);
    ASSERT_EQ(rows.size(), ones->split(kind).labels.size());
    for (size_t row = 0; row < rows.size(); ++row) {
      ASSERT_EQ(ones->split(kind).labels[row], mnist->split(kind).labels[rows[row]]);
      ASSERT_EQ(PixelsOf(ones->split(kind), row), PixelsOf(mnist->split(kind), rows[row]));
    }
  }
  ASSERT_OK_AND_ASSIGN(const DatasetRecord twos,
                       catalogue.Create("twos", BinarySource{"mnist", 2, 5}, ""));
  EXPECT_THAT(twos.splits[0].class_counts, ElementsAre(5421, 5958));
}

TEST(Mnist, IsTheSameWhenItsFilesAreUploaded) {
  const testing::TempDir folder;
  testing::MemoryDatasetRepository repository;
  testing::MemoryUploadRepository uploads_repository;
  testing::FakeClock clock;
  Catalogue catalogue({.assets_dir = AssetsDir(), .content_dir = folder.File("datasets")},
                      &repository, &clock);
  Uploads uploads({.folder = folder.File("uploads")}, &uploads_repository, &catalogue, &clock);
  ASSERT_OK(uploads.Recover());

  UploadRecord request{.dataset_id = "like-mnist", .source = {.format = UploadFormat::kIdx}};
  std::vector<std::string> contents;
  for (const char* name : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                           "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}) {
    std::ifstream in(AssetsDir() + "/mnist/" + name, std::ios::binary);
    contents.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    request.files.push_back(
        {.name = name, .size_bytes = static_cast<int64_t>(contents.back().size())});
  }
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, uploads.Create(request, ""));
  for (size_t file = 0; file < contents.size(); ++file) {
    for (size_t offset = 0; offset < contents[file].size(); offset += Uploads::kMaxChunkBytes) {
      ASSERT_OK(uploads.Append(upload.id, static_cast<int32_t>(file), static_cast<int64_t>(offset),
                               contents[file].substr(offset, Uploads::kMaxChunkBytes), {}));
    }
  }
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record, uploads.Finish(upload.id));
  ASSERT_OK_AND_ASSIGN(const DatasetRecord mnist, catalogue.Get("mnist"));
  EXPECT_EQ(record.digest, mnist.digest);
  EXPECT_EQ(record.size_bytes, mnist.size_bytes);
}

TEST(Mnist, IsNormalisedAndDerivedFrom) {
  const testing::TempDir folder;
  testing::MemoryDatasetRepository repository;
  testing::FakeClock clock;
  Catalogue catalogue({.assets_dir = AssetsDir(), .content_dir = folder.path()}, &repository,
                      &clock);
  ASSERT_OK(catalogue.Create("scaled", NormalisedSource{"mnist"}, ""));
  ASSERT_OK_AND_ASSIGN(const auto scaled, catalogue.Load("scaled"));
  EXPECT_EQ(scaled->image_shape, (ImageShape{28, 28, 1}));
  EXPECT_EQ(scaled->split(SplitKind::kTrain).dense.size(), size_t{60000} * 784);
  // The first pixel is black in every image.
  EXPECT_EQ(scaled->split(SplitKind::kTrain).dense[0], 0.0f);
  ASSERT_OK(
      catalogue.Create("middle", DerivedSource{"mnist", {"x406", "max(x350, x351)"}, {}}, ""));
  EXPECT_EQ(catalogue.Get("middle")->splits[1].examples, 10000);
}

}  // namespace
}  // namespace percept::data
