#include "client/lib/snapshot_cursor.h"

#include <gtest/gtest.h>

namespace percept::client {
namespace {

using Verdict = SnapshotCursor::Verdict;

TEST(SnapshotCursor, AcceptsEachIndexOnce) {
  SnapshotCursor cursor(3, v1::DELIVERY_EVERY);
  EXPECT_EQ(cursor.Accept(2), Verdict::kDuplicate);
  EXPECT_EQ(cursor.Accept(3), Verdict::kNew);
  EXPECT_EQ(cursor.Accept(3), Verdict::kDuplicate);
  EXPECT_EQ(cursor.Accept(4), Verdict::kNew);
  EXPECT_EQ(cursor.next_index(), 5);
}

TEST(SnapshotCursor, StaysWhereItIsAtAGap) {
  SnapshotCursor cursor(0, v1::DELIVERY_EVERY);
  EXPECT_EQ(cursor.Accept(1), Verdict::kGap);
  EXPECT_EQ(cursor.next_index(), 0);
}

TEST(SnapshotCursor, AllowsGapsWhereOnlyTheLatestIsWanted) {
  SnapshotCursor cursor(0, v1::DELIVERY_LATEST);
  EXPECT_EQ(cursor.Accept(7), Verdict::kNew);
  EXPECT_EQ(cursor.Accept(6), Verdict::kDuplicate);
  EXPECT_EQ(cursor.next_index(), 8);
}

}  // namespace
}  // namespace percept::client
