#include "server/storage/snapshot_block.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "tests/support/records.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullSnapshot;
using ::testing::ElementsAreArray;

// Three snapshots from index 5 on, of parameters and batches of different sizes.
std::vector<SnapshotRecord> Snapshots() {
  std::vector<SnapshotRecord> snapshots = {FullSnapshot(5, "first"), FullSnapshot(6, ""),
                                           FullSnapshot(7, "the third")};
  snapshots[1].metrics = {std::nullopt, 0.25, std::nullopt, std::nullopt};
  snapshots[1].batch_indices = std::make_shared<const std::vector<uint32_t>>();
  return snapshots;
}

SnapshotBlock Packed(const std::vector<SnapshotRecord>& snapshots) {
  SnapshotBlock block(snapshots.front().index);
  for (const SnapshotRecord& each : snapshots) block.Add(Borrow(each));
  return block;
}

TEST(SnapshotBlock, GivesBackWhatWasAdded) {
  const std::vector<SnapshotRecord> snapshots = Snapshots();
  const SnapshotBlock block = Packed(snapshots);
  EXPECT_EQ(block.first_index(), 5);
  EXPECT_EQ(block.end_index(), 8);
  const SnapshotBlockView view = block.view();
  EXPECT_TRUE(view.HasWholeHeads());
  EXPECT_TRUE(view.HasWholeParameters());
  for (const SnapshotRecord& each : snapshots) {
    const BorrowedSnapshot read = view.Full(each.index);
    EXPECT_EQ(read.index, each.index);
    EXPECT_EQ(read.step, each.step);
    EXPECT_EQ(read.instances, each.instances);
    EXPECT_EQ(read.epoch, each.epoch);
    EXPECT_EQ(read.metrics, each.metrics);
    EXPECT_EQ(read.create_time, each.create_time);
    EXPECT_EQ(read.parameters_crc32c, each.parameters_crc32c);
    EXPECT_EQ(read.parameters, *each.parameters);
    EXPECT_THAT(read.batch_indices, ElementsAreArray(*each.batch_indices));
  }
}

TEST(SnapshotBlock, HasRoomForOneOfAnySizeAndThenUpToItsBound) {
  SnapshotBlock block(0);
  EXPECT_TRUE(block.HasRoom(10 * SnapshotBlock::kMaxBytes));
  block.Add(Borrow(FullSnapshot(0, std::string(1000, 'p'))));
  EXPECT_TRUE(block.HasRoom(SnapshotBlock::kMaxBytes - block.size_bytes()));
  EXPECT_FALSE(block.HasRoom(SnapshotBlock::kMaxBytes - block.size_bytes() + 1));
}

TEST(SnapshotBlockView, OfBytesThatDoNotFitTogetherIsNotWhole) {
  const SnapshotBlock block = Packed(Snapshots());
  const SnapshotBlockView whole = block.view();
  SnapshotBlockView view = whole;
  view.count = 2;
  EXPECT_FALSE(view.HasWholeHeads());
  EXPECT_FALSE(view.HasWholeParameters());
  view = whole;
  view.count = 0;
  view.heads = {};
  EXPECT_FALSE(view.HasWholeHeads());
  view = whole;
  view.parameters.remove_suffix(1);
  EXPECT_FALSE(view.HasWholeParameters());
  view = whole;
  view.batch_indices.remove_suffix(4);
  EXPECT_FALSE(view.HasWholeParameters());
}

TEST(SnapshotBlockView, WhoseEndsFallOrSplitANumberIsNotWhole) {
  const SnapshotBlock block = Packed(Snapshots());
  // Pairs of 32 bits: parameters end at 5, 5 and 14, batch indices at 12, 12 and 24.
  for (const size_t place : {size_t{0}, size_t{4}}) {
    std::string ends(block.view().ends);
    ends[place] = place == 0 ? 6 : 10;
    SnapshotBlockView view = block.view();
    view.ends = ends;
    EXPECT_FALSE(view.HasWholeParameters()) << place;
  }
}

TEST(SnapshotBlock, KeepsThePlacesOfSnapshotsThatAreThinned) {
  SnapshotBlock block(5);
  for (int64_t index = 5; index < 9; ++index) {
    block.Add(Borrow(FullSnapshot(index, std::string(static_cast<size_t>(index), 'p'))));
  }
  const ThinnedBlock once = Thin(block.view(), [](int64_t index) { return index != 6; });
  SnapshotBlockView view = block.view();
  view.parameters = once.parameters;
  view.batch_indices = once.batch_indices;
  view.ends = once.ends;
  EXPECT_EQ(once.dropped, 1);
  ASSERT_TRUE(view.HasWholeParameters());
  for (int64_t index = 5; index < 9; ++index) {
    EXPECT_EQ(view.IsThinned(index), index == 6);
    EXPECT_EQ(view.Full(index).step, block.view().Full(index).step);
    if (index == 6) continue;
    EXPECT_EQ(view.Full(index).parameters, block.view().Full(index).parameters);
    EXPECT_EQ(view.Full(index).batch_indices, block.view().Full(index).batch_indices);
  }
  const ThinnedBlock twice = Thin(view, [](int64_t index) { return index == 8; });
  EXPECT_EQ(twice.dropped, 2);
  EXPECT_EQ(twice.parameters, std::string(8, 'p'));
}

}  // namespace
}  // namespace percept::storage
