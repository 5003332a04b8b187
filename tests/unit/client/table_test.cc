#include "client/cli/table.h"

#include <gtest/gtest.h>

namespace percept::cli {
namespace {

TEST(RenderTable, AlignsByWidthOnTheScreen) {
  const std::string table = RenderTable({{"NAME"}, {"COUNT", Align::kRight}, {"LABEL"}},
                                        {{"ä", "1", ""}, {"long-name", "10,000", "x"}});
  EXPECT_EQ(table,
            "NAME        COUNT  LABEL\n"
            "ä               1\n"
            "long-name  10,000  x\n");
}

TEST(RenderTable, HasTitlesOnlyWhenEmpty) { EXPECT_EQ(RenderTable({{"A"}, {"B"}}, {}), "A  B\n"); }

TEST(RenderFields, LeavesOutWhatHasNoValue) {
  EXPECT_EQ(RenderFields({{"a", "1"}, {"much longer", ""}, {"bcd", "2"}}), "  a    1\n  bcd  2\n");
}

}  // namespace
}  // namespace percept::cli
