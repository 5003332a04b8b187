#include "client/cli/parse.h"

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace percept::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ParseNumber, TakesAnyNumberThatTheTypeHolds) {
  EXPECT_EQ(ParseNumber<int32_t>("-3").value(), -3);
  EXPECT_EQ(ParseNumber<int64_t>("1000000000000").value(), 1'000'000'000'000);
  EXPECT_EQ(ParseNumber<uint64_t>("18446744073709551615").value(), UINT64_MAX);
  EXPECT_EQ(ParseNumber<double>("1e-3").value(), 1e-3);
}

TEST(ParseNumber, SaysWhatIsNoNumber) {
  EXPECT_EQ(ParseNumber<int32_t>("1.5").status().message(), "must be a whole number, got '1.5'");
  EXPECT_EQ(ParseNumber<int32_t>("").status().message(), "must be a whole number, got ''");
  EXPECT_EQ(ParseNumber<double>("1,5").status().message(), "must be a number, got '1,5'");
  EXPECT_EQ(ParseNumber<int32_t>("3000000000").status().message(),
            "must be a whole number from -2147483648 to 2147483647, got '3000000000'");
  EXPECT_THAT(ParseNumber<uint64_t>("-1").status().message(), HasSubstr("from 0 to"));
}

TEST(ParseNumbers, TakesCommas) {
  EXPECT_THAT(ParseNumbers("64").value(), ElementsAre(64));
  EXPECT_THAT(ParseNumbers("64,32,0,-1").value(), ElementsAre(64, 32, 0, -1));
  for (const char* text : {"", "64,", ",64", "64 32", "64;32"}) {
    EXPECT_FALSE(ParseNumbers(text).ok()) << text;
  }
}

TEST(ParseIndices, TakesCommas) {
  EXPECT_THAT(ParseIndices("0,5000000000").value(), ElementsAre(0, 5'000'000'000));
  EXPECT_EQ(ParseIndices("0;1").status().message(),
            "must be indices with commas between, such as 0,17, got '0;1'");
}

TEST(ParseSnapshot, TakesAWordOrAnIndex) {
  EXPECT_EQ(ParseSnapshot("last").value(), "last");
  EXPECT_EQ(ParseSnapshot("best").value(), "best");
  EXPECT_EQ(ParseSnapshot("+07").value(), "7");
  EXPECT_EQ(ParseSnapshot("first").status().message(),
            "must be last, best or the index of a snapshot, got 'first'");
  EXPECT_FALSE(ParseSnapshot("1/../2").ok());
}

TEST(ParseDuration, TakesUnitsAndSeconds) {
  EXPECT_EQ(ParseDuration("90").value(), absl::Seconds(90));
  EXPECT_EQ(ParseDuration("0.5").value(), absl::Milliseconds(500));
  EXPECT_EQ(ParseDuration("1h30m").value(), absl::Minutes(90));
  EXPECT_EQ(ParseDuration("-5s").value(), absl::Seconds(-5));
  for (const char* text : {"", "soon", "5 min", "inf", "nan"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

TEST(ParseSchedule, TakesEachKind) {
  EXPECT_TRUE(ParseSchedule("constant").value().has_constant());
  const auto step = ParseSchedule("step:0.7,1000").value().step();
  EXPECT_EQ(step.gamma(), 0.7);
  EXPECT_EQ(step.sigma(), 1000);
  const auto inverse = ParseSchedule("inverse:0.1,0.5").value().inverse();
  EXPECT_EQ(inverse.gamma(), 0.1);
  EXPECT_EQ(inverse.rho(), 0.5);
}

TEST(ParseSchedule, RefusesOtherThings) {
  for (const char* text : {"", "steps", "step", "step:", "step:0.7", "step:0.7,1.5", "step:0.7,1,2",
                           "inverse:a,b", "constant:1,2", "cosine:1,2"}) {
    EXPECT_EQ(
        ParseSchedule(text).status().message(),
        absl::StrCat("must be constant, step:GAMMA,SIGMA or inverse:GAMMA,RHO, got '", text, "'"));
  }
}

TEST(ParseNumberOrAuto, TakesBoth) {
  EXPECT_EQ(ParseNumberOrAuto("auto").value(), 0);
  EXPECT_EQ(ParseNumberOrAuto("12").value(), 12);
  EXPECT_FALSE(ParseNumberOrAuto("often").ok());
}

TEST(ParseMatrix, AsksForRowsOfEqualLength) {
  const auto matrix = ParseMatrix("1,-2,0.5;3,4,5");
  ASSERT_TRUE(matrix.ok());
  EXPECT_EQ(matrix->rows, 2);
  EXPECT_EQ(matrix->columns, 3);
  EXPECT_EQ(matrix->values, (std::vector<double>{1, -2, 0.5, 3, 4, 5}));
  for (const char* text : {"", ";", "1,2;3", "1;", "a"}) {
    EXPECT_EQ(ParseMatrix(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(ParseInterval, TakesTwoNumbersInAnyOrder) {
  const auto interval = ParseInterval("-1.5:1e2");
  ASSERT_TRUE(interval.ok());
  EXPECT_EQ(interval->min, -1.5);
  EXPECT_EQ(interval->max, 100);
  for (const char* text : {"", "1", ":", "1:2:3", "a:b"}) {
    EXPECT_EQ(ParseInterval(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace percept::cli
