#include "server/data/dataset.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"

namespace percept::data {
namespace {

Dataset DenseDataset() {
  Dataset dataset;
  dataset.inputs = 2;
  dataset.classes = 2;
  dataset.split(SplitKind::kTrain) = {2, {1.0f, 2.0f, 3.0f, 4.0f}, {}, {0, 1}};
  dataset.split(SplitKind::kValidation) = {1, {5.0f, 6.0f}, {}, {1}};
  return dataset;
}

Dataset SparseDataset() {
  Dataset dataset;
  dataset.inputs = 4;
  dataset.classes = 2;
  dataset.is_sparse = true;
  dataset.image_shape = ImageShape{2, 2, 1};
  dataset.split(SplitKind::kTrain) = {2, {}, {{0, 1, 3}, {2, 0, 3}, {9, 8, 7}}, {0, 1}};
  return dataset;
}

TEST(Dataset, NamesItsSplits) {
  EXPECT_STREQ(SplitName(SplitKind::kTrain), "train");
  EXPECT_STREQ(SplitName(SplitKind::kValidation), "validation");
  EXPECT_STREQ(SplitName(SplitKind::kTest), "test");
}

TEST(Dataset, CountsTheBytesOfItsContent) {
  EXPECT_EQ(DenseDataset().size_bytes(), 6 * 4 + 3 * 4);
  // Row starts of all three splits, three columns of two bytes, three values, two labels.
  EXPECT_EQ(SparseDataset().size_bytes(), (3 + 1 + 1) * 4 + 3 * 2 + 3 + 2 * 4);
}

TEST(ContentDigest, IsTheSameOnEveryMachine) {
  EXPECT_EQ(ContentDigest(DenseDataset()),
            "a538a6594bd474da2ccb695a1f2bd22573f4058b06bf09043891dc1627fda883");
  EXPECT_EQ(ContentDigest(SparseDataset()),
            "6df8c4c5b35afdabdc89a7f6ba6a6ff6768b5e7213cbc0cc2f84908f809efeed");
}

TEST(ContentDigest, ChangesWithEveryPartOfADenseSet) {
  const std::vector<std::function<void(Dataset&)>> changes = {
      [](Dataset&) {},
      [](Dataset& d) { d.inputs = 1; },
      [](Dataset& d) { d.classes = 3; },
      [](Dataset& d) { d.is_sparse = true; },
      [](Dataset& d) {
        d.image_shape = ImageShape{1, 2, 1};
      },
      [](Dataset& d) {
        d.image_shape = ImageShape{2, 1, 1};
      },
      [](Dataset& d) {
        d.image_shape = ImageShape{1, 1, 2};
      },
      [](Dataset& d) { d.splits[0].labels[0] = 1; },
      [](Dataset& d) { d.splits[0].dense[3] = 4.5f; },
      [](Dataset& d) { std::swap(d.splits[0], d.splits[1]); },
      [](Dataset& d) { std::swap(d.splits[1], d.splits[2]); },
      [](Dataset& d) { d.splits[1].examples = 2; },
  };
  std::set<std::string> digests;
  for (const auto& change : changes) {
    Dataset dataset = DenseDataset();
    change(dataset);
    digests.insert(ContentDigest(dataset));
  }
  EXPECT_EQ(digests.size(), changes.size());
}

TEST(ContentDigest, ChangesWithEveryPartOfASparseSet) {
  const std::vector<std::function<void(Dataset&)>> changes = {
      [](Dataset&) {},
      [](Dataset& d) { d.splits[0].sparse.row_start[1] = 2; },
      [](Dataset& d) { d.splits[0].sparse.columns[0] = 1; },
      [](Dataset& d) { d.splits[0].sparse.values[2] = 1; },
      [](Dataset& d) { d.splits[0].labels[1] = 0; },
      [](Dataset& d) { std::swap(d.splits[0], d.splits[1]); },
  };
  std::set<std::string> digests;
  for (const auto& change : changes) {
    Dataset dataset = SparseDataset();
    change(dataset);
    digests.insert(ContentDigest(dataset));
  }
  EXPECT_EQ(digests.size(), changes.size());
}

}  // namespace
}  // namespace percept::data
