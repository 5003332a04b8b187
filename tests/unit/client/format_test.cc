#include "client/cli/format.h"

#include <limits>

#include <gtest/gtest.h>

namespace percept::cli {
namespace {

TEST(FormatAccuracy, HasThreeDecimals) {
  EXPECT_EQ(FormatAccuracy(0), "0.000");
  EXPECT_EQ(FormatAccuracy(0.95149), "0.951");
  EXPECT_EQ(FormatAccuracy(1), "1.000");
}

TEST(FormatLoss, HasThreeSignificantFiguresAndNoFractionsOfHundreds) {
  EXPECT_EQ(FormatLoss(0), "0.00");
  EXPECT_EQ(FormatLoss(0.31149), "0.311");
  EXPECT_EQ(FormatLoss(2.3), "2.30");
  EXPECT_EQ(FormatLoss(0.0251), "0.0251");
  EXPECT_EQ(FormatLoss(99.96), "100");
  EXPECT_EQ(FormatLoss(403.2), "403");
  EXPECT_EQ(FormatLoss(0.0000123), "1.23e-05");
  EXPECT_EQ(FormatLoss(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(FormatLoss(std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST(FormatCount, GroupsDigitsByThree) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1000), "1,000");
  EXPECT_EQ(FormatCount(60000), "60,000");
  EXPECT_EQ(FormatCount(1234567), "1,234,567");
  EXPECT_EQ(FormatCount(-123), "-123");
  EXPECT_EQ(FormatCount(-1234), "-1,234");
  EXPECT_EQ(FormatCount(std::numeric_limits<int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(FormatRate, ChoosesTheUnit) {
  EXPECT_EQ(FormatRate(0), "0/s");
  EXPECT_EQ(FormatRate(9.876), "9.88/s");
  EXPECT_EQ(FormatRate(312), "312/s");
  EXPECT_EQ(FormatRate(41900), "41.9k/s");
  EXPECT_EQ(FormatRate(1.21e6), "1.21M/s");
  EXPECT_EQ(FormatRate(999600), "1.00M/s");
}

TEST(FormatBytes, ChoosesTheUnit) {
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(1024), "1.00 KiB");
  EXPECT_EQ(FormatBytes(39 << 20), "39.0 MiB");
  EXPECT_EQ(FormatBytes(int64_t{10} << 30), "10.0 GiB");
}

TEST(FormatElapsed, ChoosesTheUnitsWithoutSixtySeconds) {
  EXPECT_EQ(FormatElapsed(absl::ZeroDuration()), "0 s");
  EXPECT_EQ(FormatElapsed(absl::Milliseconds(720)), "720 ms");
  EXPECT_EQ(FormatElapsed(absl::Milliseconds(999.9)), "1.0 s");
  EXPECT_EQ(FormatElapsed(absl::Seconds(9.94)), "9.9 s");
  EXPECT_EQ(FormatElapsed(absl::Seconds(59.4)), "59 s");
  EXPECT_EQ(FormatElapsed(absl::Seconds(59.6)), "1 min 00 s");
  EXPECT_EQ(FormatElapsed(absl::Seconds(185)), "3 min 05 s");
  EXPECT_EQ(FormatElapsed(absl::Minutes(130)), "2 h 10 min");
  EXPECT_EQ(FormatElapsed(absl::Hours(76)), "3 d 4 h");
}

TEST(FormatAgo, UsesOneUnit) {
  EXPECT_EQ(FormatAgo(absl::Seconds(-5)), "just now");
  EXPECT_EQ(FormatAgo(absl::Seconds(12)), "12 s ago");
  EXPECT_EQ(FormatAgo(absl::Minutes(59)), "59 min ago");
  EXPECT_EQ(FormatAgo(absl::Hours(47)), "1 d ago");
}

TEST(Printable, DisarmsControlCharacters) {
  EXPECT_EQ(Printable("a\x1b[31mb\nc\x7f"), "a?[31mb?c?");
  EXPECT_EQ(Printable("\xC2\x9B"
                      "31m"),
            "?31m");
  EXPECT_EQ(Printable("naïve – 数"), "naïve – 数");
}

TEST(DisplayWidth, CountsCharactersNotBytes) { EXPECT_EQ(DisplayWidth("━━a"), 3); }

}  // namespace
}  // namespace percept::cli
