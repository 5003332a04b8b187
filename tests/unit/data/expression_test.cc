#include "server/data/expression.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace percept::data {
namespace {

using ::percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The value over three columns.
double Value(absl::string_view text, const std::vector<float>& x = {3.0f, -2.0f, 0.0f}) {
  const auto expression = Expression::Parse(text, static_cast<int32_t>(x.size()));
  EXPECT_TRUE(expression.ok()) << text << ": " << expression.status();
  return expression.ok() ? expression->Evaluate(x) : 12345.0;
}

void ExpectRefused(absl::string_view text, const std::string& message) {
  EXPECT_THAT(Expression::Parse(text, 3), StatusIs(absl::StatusCode::kInvalidArgument, message))
      << text;
}

std::string Repeated(absl::string_view text, int count) {
  std::string repeated;
  for (int number = 0; number < count; ++number) absl::StrAppend(&repeated, text);
  return repeated;
}

TEST(Expression, ReadsTheNotebooksFeatures) {
  EXPECT_EQ(Value("x0*x1/abs(x0)"), -2.0);
  EXPECT_EQ(Value("sqrt(x0^2+x1^2)"), std::sqrt(13.0));
}

TEST(Expression, ReadsNumbers) {
  for (const auto& [text, value] : std::vector<std::pair<std::string, double>>{{"3", 3.0},
                                                                               {".5", 0.5},
                                                                               {"5.", 5.0},
                                                                               {"0.25", 0.25},
                                                                               {"1e-3", 0.001},
                                                                               {"2.5E+2", 250.0},
                                                                               {"1e308", 1e308},
                                                                               {"007", 7.0},
                                                                               {"0.1", 0.1},
                                                                               {"1e-400", 0.0}}) {
    EXPECT_EQ(Value(text), value) << text;
  }
}

TEST(Expression, KnowsConstants) {
  EXPECT_EQ(Value("pi"), 3.14159265358979323846);
  EXPECT_EQ(Value("e"), 2.71828182845904523536);
  EXPECT_EQ(Value("2*e"), 2 * 2.71828182845904523536);
}

TEST(Expression, BindsProductsBeforeSums) {
  EXPECT_EQ(Value("1+2*3"), 7.0);
  EXPECT_EQ(Value("2*3+1"), 7.0);
  EXPECT_EQ(Value("8-6/2"), 5.0);
  EXPECT_EQ(Value("(1+2)*3"), 9.0);
}

TEST(Expression, BindsSumsAndProductsToTheLeft) {
  EXPECT_EQ(Value("10-4-3"), 3.0);
  EXPECT_EQ(Value("64/4/2"), 8.0);
  EXPECT_EQ(Value("64/4*2"), 32.0);
  EXPECT_EQ(Value("1-2+3"), 2.0);
}

TEST(Expression, BindsPowersToTheRight) {
  EXPECT_EQ(Value("2^3^2"), 512.0);
  EXPECT_EQ(Value("(2^3)^2"), 64.0);
  EXPECT_EQ(Value("2*3^2"), 18.0);
}

TEST(Expression, BindsTheSignAfterThePower) {
  EXPECT_EQ(Value("-3^2"), -9.0);
  EXPECT_EQ(Value("(-3)^2"), 9.0);
  EXPECT_EQ(Value("2^-1"), 0.5);
  EXPECT_EQ(Value("2^-1^2"), 0.5);
  EXPECT_EQ(Value("-x1"), 2.0);
  EXPECT_EQ(Value("--3"), 3.0);
  EXPECT_EQ(Value("2--3"), 5.0);
  EXPECT_EQ(Value("2*-3"), -6.0);
}

TEST(Expression, KnowsEveryFunction) {
  EXPECT_EQ(Value("abs(x1)"), 2.0);
  EXPECT_EQ(Value("sqrt(2)"), std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(Value("exp(1.5)"), std::exp(1.5));
  EXPECT_DOUBLE_EQ(Value("log(1.5)"), std::log(1.5));
  EXPECT_DOUBLE_EQ(Value("sin(1.5)"), std::sin(1.5));
  EXPECT_DOUBLE_EQ(Value("cos(1.5)"), std::cos(1.5));
  EXPECT_DOUBLE_EQ(Value("tanh(1.5)"), std::tanh(1.5));
  EXPECT_EQ(Value("min(x0, x1)"), -2.0);
  EXPECT_EQ(Value("max(x0, x1)"), 3.0);
  EXPECT_EQ(Value("min(5, 4, 7, 3, 9)"), 3.0);
  EXPECT_EQ(Value("max(5, 4, 7, 3, 9)"), 9.0);
}

TEST(Expression, ComputesIntegerPowersAsProducts) {
  EXPECT_EQ(Value("x0^0"), 1.0);
  EXPECT_EQ(Value("x2^0"), 1.0);
  EXPECT_EQ(Value("x1^3"), -8.0);
  EXPECT_EQ(Value("x1^-2"), 0.25);
  EXPECT_EQ(Value("1.0000001^1024"), [] {
    double square = 1.0000001;
    for (int doubling = 0; doubling < 10; ++doubling) square *= square;
    return square;
  }());
  EXPECT_EQ(Value("2^1025"), kInfinity);
  EXPECT_EQ(Value("4^0.5"), 2.0);
}

TEST(Expression, ReadsColumnsOfManyDigits) {
  std::vector<float> x(65536);
  x[10] = 1.0f;
  x[65535] = 2.0f;
  EXPECT_EQ(Value("x10 + 10*x65535", x), 21.0);
}

TEST(Expression, TakesSpacesAnywhereBetweenItsParts) {
  EXPECT_EQ(Value("  x0 *\tmax ( x0 ,\n2 ) ^ - 1 "), 1.0);
}

TEST(Expression, PassesOnWhatIsNotFinite) {
  EXPECT_EQ(Value("1/x2"), kInfinity);
  EXPECT_EQ(Value("-1/x2"), -kInfinity);
  EXPECT_EQ(Value("log(x2)"), -kInfinity);
  EXPECT_EQ(Value("exp(1000)"), kInfinity);
  for (const char* const text : {"x2/x2", "sqrt(x1)", "log(x1)", "x1^0.5", "min(x2/x2, 1)",
                                 "min(1, x2/x2)", "max(x2/x2, 1)", "max(1, x2/x2)", "sin(1/x2)"}) {
    EXPECT_TRUE(std::isnan(Value(text))) << text;
  }
}

TEST(Expression, NamesTheByteOfASyntaxError) {
  constexpr const char* kAtom = "must be a number, a column such as x0, pi, e, a function or (";
  constexpr const char* kOperator = "must be an operator (+ - * / ^)";
  ExpectRefused("", absl::StrCat("byte 1: ", kAtom, ", got the end"));
  ExpectRefused("1 +", absl::StrCat("byte 4: ", kAtom, ", got the end"));
  ExpectRefused("1 + * 2", absl::StrCat("byte 5: ", kAtom, ", got \"*\""));
  ExpectRefused("+1", absl::StrCat("byte 1: ", kAtom, ", got \"+\""));
  ExpectRefused("()", absl::StrCat("byte 2: ", kAtom, ", got \")\""));
  ExpectRefused("1 ² 2", absl::StrCat("byte 3: ", kOperator, " or the end, got \"\\xc2\""));
  ExpectRefused("x0 x1", absl::StrCat("byte 4: ", kOperator, " or the end, got \"x1\""));
  ExpectRefused("2x0", absl::StrCat("byte 2: ", kOperator, " or the end, got \"x0\""));
  ExpectRefused("1,2", absl::StrCat("byte 2: ", kOperator, " or the end, got \",\""));
  ExpectRefused("1)", absl::StrCat("byte 2: ", kOperator, " or the end, got \")\""));
  ExpectRefused("(1", absl::StrCat("byte 3: ", kOperator, " or ), got the end"));
  ExpectRefused("(1;", absl::StrCat("byte 3: ", kOperator, " or ), got \";\""));
  ExpectRefused("min(1 2)", absl::StrCat("byte 7: ", kOperator, ", a comma or ), got \"2\""));
  ExpectRefused("sin 1", "byte 5: must be ( after sin, got \"1\"");
}

TEST(Expression, RefusesNumbersThatAreNone) {
  ExpectRefused("1+.", "byte 3: a number must have digits");
  ExpectRefused("1e", "byte 2: an exponent must have digits");
  ExpectRefused("1e+", "byte 2: an exponent must have digits");
  ExpectRefused("2*1e999", "byte 3: a number must be finite, got \"1e999\"");
  ExpectRefused("0x10", "byte 2: must be an operator (+ - * / ^) or the end, got \"x10\"");
}

TEST(Expression, RefusesUnknownNames) {
  const std::string rule =
      "must be one of abs, sqrt, exp, log, sin, cos, tanh, min, max, pi, e or a column such as x0";
  ExpectRefused("1 + 2*foo(3)", absl::StrCat("byte 7: ", rule, ", got \"foo\""));
  for (const char* const name : {"inf", "nan", "X0", "Sin", "x0a", "y", "PI", "x_0", "xx"}) {
    ExpectRefused(name, absl::StrCat("byte 1: ", rule, ", got \"", name, "\""));
  }
}

TEST(Expression, RefusesColumnsThatThereAreNot) {
  ExpectRefused("x0+x3", "byte 4: a column must be in [x0, x2], got \"x3\"");
  ExpectRefused("x99999999999999999999",
                "byte 1: a column must be in [x0, x2], got \"x99999999999999999999\"");
  ExpectRefused("x",
                "byte 1: x must be followed by a column's number without leading zeros, got \"x\"");
  ExpectRefused(
      "x01", "byte 1: x must be followed by a column's number without leading zeros, got \"x01\"");
}

TEST(Expression, RefusesAWrongNumberOfArguments) {
  ExpectRefused("1+sin(1,2)", "byte 3: sin must have one argument, got 2");
  ExpectRefused("min(1)", "byte 1: min must have two arguments or more, got 1");
  ExpectRefused("sin()",
                "byte 5: must be a number, a column such as x0, pi, e, a function or (, got \")\"");
}

TEST(Expression, IsBoundedInLength) {
  const std::string longest = absl::StrCat("1", Repeated("+1", 499), " ");
  ASSERT_EQ(longest.size(), Expression::kMaxBytes);
  EXPECT_EQ(Value(longest), 500.0);
  ExpectRefused(longest + " ", "byte 1001: must be at most 1000 bytes long, got 1001");
}

TEST(Expression, IsBoundedInDepth) {
  constexpr int kDepth = Expression::kMaxDepth;
  const std::string rule = "parentheses, powers and signs must be at most 100 deep";
  EXPECT_EQ(Value(Repeated("(", kDepth) + "1" + Repeated(")", kDepth)), 1.0);
  ExpectRefused(Repeated("(", kDepth + 1) + "1" + Repeated(")", kDepth + 1),
                absl::StrCat("byte 101: ", rule));
  EXPECT_EQ(Value(Repeated("-", kDepth) + "1"), 1.0);
  ExpectRefused(Repeated("-", kDepth + 1) + "1", absl::StrCat("byte 101: ", rule));
  EXPECT_EQ(Value(Repeated("1^", kDepth) + "1"), 1.0);
  ExpectRefused(Repeated("1^", kDepth + 1) + "1", absl::StrCat("byte 202: ", rule));
  EXPECT_EQ(Value(Repeated("abs(", kDepth) + "1" + Repeated(")", kDepth)), 1.0);
  ExpectRefused(Repeated("abs(", kDepth + 1) + "1" + Repeated(")", kDepth + 1),
                absl::StrCat("byte 404: ", rule));
}

TEST(Expression, HoldsAllTheValuesThatCanWait) {
  // Each level leaves a left side of min, of a sum and of a product waiting; a power at the end.
  EXPECT_EQ(Value(Repeated("min(9,1+1*", 90) + "1^1" + Repeated(")", 90)), 9.0);
  EXPECT_EQ(Value(Repeated("0+1*(", 100) + "0+1*5" + Repeated(")", 100)), 5.0);
}

TEST(Expression, CostsAnOperationForEachStepAndMoreForFunctions) {
  const auto cost = [](absl::string_view text) {
    const auto expression = Expression::Parse(text, 2);
    return expression.ok() ? expression->cost() : -1;
  };
  EXPECT_EQ(cost("x0"), 1);
  EXPECT_EQ(cost("x0*x1/abs(x0)"), 6);
  EXPECT_EQ(cost("-(1)"), 2);
  EXPECT_EQ(cost("exp(x0)"), 17);
  EXPECT_EQ(cost("x0^2"), 18);
  EXPECT_EQ(cost("min(x0, x1, 3)"), 5);
}

TEST(Expression, NamesTheColumnsItReads) {
  ASSERT_OK_AND_ASSIGN(const Expression several, Expression::Parse("x7*x2+x7-x11", 12));
  EXPECT_THAT(several.columns(), ElementsAre(2, 7, 11));
  ASSERT_OK_AND_ASSIGN(const Expression none, Expression::Parse("pi", 12));
  EXPECT_THAT(none.columns(), IsEmpty());
}

}  // namespace
}  // namespace percept::data
