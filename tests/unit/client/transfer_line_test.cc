#include "client/cli/transfer_line.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/format.h"

namespace percept::cli {
namespace {

const TransferView kHalf = {"sending", 512, 1024};

TEST(TransferLine, ShowsShareBarAndSizes) {
  EXPECT_EQ(ProgressLine(kHalf, 80, /*utf8=*/true),
            "sending  50 %  ━━━━━━━━━━━━────────────  512 B of 1.00 KiB");
  EXPECT_EQ(PlainProgressLine(kHalf), "sending  50 %  512 B of 1.00 KiB");
}

TEST(TransferLine, FitsAnyWidth) {
  for (int width = 1; width < 100; ++width) {
    EXPECT_LT(DisplayWidth(ProgressLine(kHalf, width, false)), std::max(width, 2)) << width;
  }
}

TEST(TransferLine, ShowsNoBarWhereNothingIsCounted) {
  EXPECT_EQ(ProgressLine({"sent; the server reads it"}, 80, true), "sent; the server reads it");
}

}  // namespace
}  // namespace percept::cli
