#include "server/storage/sqlite/source_columns.h"

#include "gmock/gmock.h"

#include "tests/support/records.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullSources;

TEST(SourceColumns, SpreadAndGatherEverySource) {
  for (const data::Source& source : FullSources()) {
    const SourceColumns columns = SpreadSource(source);
    EXPECT_TRUE(columns.kind.has_value());
    EXPECT_EQ(GatherSource(columns), source) << source.index();
  }
}

TEST(SourceColumns, HaveAKindOfTheirOwnForEverySource) {
  using Kind = SourceKind;
  EXPECT_EQ(SpreadSource(data::GeneratorSource{}).kind, Kind::kGenerator);
  EXPECT_EQ(SpreadSource(data::BinarySource{}).kind, Kind::kBinary);
  EXPECT_EQ(SpreadSource(data::DerivedSource{}).kind, Kind::kDerived);
  EXPECT_EQ(SpreadSource(data::NormalisedSource{}).kind, Kind::kNormalised);
  EXPECT_EQ(SpreadSource(data::UploadSource{}).kind, Kind::kUpload);
  EXPECT_EQ(SpreadSource(data::InstalledSource{}).kind, Kind::kInstalled);
}

TEST(SourceColumns, WithoutAKindAreAGeneratorOrInstalled) {
  SourceColumns columns;
  columns.description = "made up";
  EXPECT_EQ(GatherSource(columns), data::Source(data::InstalledSource{"made up"}));
  columns.generator = static_cast<int64_t>(data::GeneratorKind::kThreeClass);
  columns.seed = 7;
  EXPECT_EQ(GatherSource(columns),
            data::Source(data::GeneratorSource{data::GeneratorKind::kThreeClass, 0, 0, 0, 7}));
}

TEST(SourceColumns, OfAKindThatIsNotKnownAreNoSource) {
  SourceColumns columns;
  columns.kind = static_cast<SourceKind>(7);
  EXPECT_EQ(GatherSource(columns), std::nullopt);
}

}  // namespace
}  // namespace percept::storage
