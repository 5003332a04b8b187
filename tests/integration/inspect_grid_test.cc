// DecisionGrid: cells and lines, sharing, rules.
#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/barrier.h"
#include "gmock/gmock.h"

#include "tests/integration/inspect_fixture.h"
#include "tests/integration/violations.h"

namespace percept::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Code = grpc::StatusCode;

class InspectGridTest : public InspectFixture {
 protected:
  v1::DecisionGridRequest RequestFor(const Run& run) {
    v1::DecisionGridRequest request;
    request.set_snapshot(Last(run));
    return request;
  }

  v1::DecisionGridResponse MustAsk(const v1::DecisionGridRequest& request) {
    v1::DecisionGridResponse response;
    const grpc::Status asked = client().DecisionGrid(request, &response);
    EXPECT_TRUE(asked.ok()) << asked.error_message();
    return response;
  }

  grpc::Status Refused(const v1::DecisionGridRequest& request) {
    v1::DecisionGridResponse response;
    return client().DecisionGrid(request, &response);
  }
};

double Middle(const v1::Range& range, int cell, int cells) {
  return range.min() + (cell + 0.5) * (range.max() - range.min()) / cells;
}

TEST_F(InspectGridTest, OfTheMlpMatchesTheOracleAndHasNoLines) {
  const Run& run = Xor();
  for (const char* which : {"0", "last"}) {
    v1::DecisionGridRequest request;
    request.set_snapshot(absl::StrCat(run.job.name(), "/snapshots/", which));
    request.set_columns(31);
    request.set_rows(20);
    const v1::DecisionGridResponse grid = MustAsk(request);
    EXPECT_EQ(grid.classes(), 2);
    EXPECT_EQ(grid.lines_size(), 0);
    EXPECT_LT(grid.x_range().min(), -7.0);
    EXPECT_GT(grid.x_range().max(), 7.0);
    EXPECT_EQ(grid.x_input(), 0);
    EXPECT_EQ(grid.y_input(), 1);
    ASSERT_EQ(grid.labels().size(), 620u);
    ASSERT_EQ(grid.confidence().size(), 620u);
    const ml::oracle::Network oracle = OracleOf(run, request.snapshot());
    for (int row = 0; row < 20; ++row) {
      for (int column = 0; column < 31; ++column) {
        const ml::oracle::Vector p = oracle.Probabilities(
            {Middle(grid.x_range(), column, 31), Middle(grid.y_range(), row, 20)});
        const size_t cell = row * 31 + column;
        const double largest = *std::max_element(p.begin(), p.end());
        ASSERT_NEAR(p[static_cast<size_t>(grid.labels()[cell])], largest, 1e-5);
        ASSERT_NEAR(static_cast<unsigned char>(grid.confidence()[cell]), 255.0 * largest, 0.51);
      }
    }
  }
}

TEST_F(InspectGridTest, LinesOfLinearModelsPartTheirCells) {
  const v1::DecisionGridResponse perceptron = MustAsk(RequestFor(Perceptron()));
  ASSERT_EQ(perceptron.lines_size(), 1);
  ASSERT_EQ(perceptron.base_inputs_size(), 3);
  EXPECT_EQ(perceptron.base_inputs(2), 1.0f);  // The bias column.
  const v1::BoundaryLine& line = perceptron.lines(0);
  EXPECT_EQ(line.label(), 1);
  for (int row = 0; row < 128; ++row) {
    for (int column = 0; column < 128; ++column) {
      const double side = line.weight_x() * Middle(perceptron.x_range(), column, 128) +
                          line.weight_y() * Middle(perceptron.y_range(), row, 128) + line.offset();
      ASSERT_EQ(perceptron.labels()[row * 128 + column], side >= 0 ? 1 : 0);
    }
  }
  const v1::DecisionGridResponse three = MustAsk(RequestFor(Multiperceptron()));
  ASSERT_EQ(three.lines_size(), 3);
  const std::vector<float> w = ParametersOf(Last(Multiperceptron()));
  for (int k = 0; k < 3; ++k) {
    EXPECT_EQ(three.lines(k).label(), k);
    EXPECT_FLOAT_EQ(three.lines(k).weight_x(), w[2 * k]);
    EXPECT_FLOAT_EQ(three.lines(k).weight_y(), w[2 * k + 1]);
    EXPECT_FLOAT_EQ(three.lines(k).offset(), w[6 + k]);
  }
}

TEST_F(InspectGridTest, OfPicturesIsOverTheTwoInputsThatAreNamed) {
  v1::DecisionGridRequest request = RequestFor(Digits());
  const grpc::Status refused = Refused(request);
  ExpectViolation(refused, "x_input",
                  "must name the input on this axis, as 717 of 784 inputs vary");
  EXPECT_THAT(refused.error_message(), AllOf(HasSubstr("y_input"), HasSubstr("base_inputs")));
  request.set_x_input(28 * 14 + 14);
  request.set_y_input(28 * 10 + 14);
  request.set_columns(9);
  request.set_rows(7);
  const v1::DecisionGridResponse grid = MustAsk(request);
  ASSERT_EQ(grid.base_inputs_size(), 784);
  EXPECT_EQ(grid.base_inputs(0), 0.0f);
  EXPECT_GT(grid.base_inputs(28 * 14 + 13), 0.1f);
  EXPECT_NEAR(grid.x_range().min(), -0.1, 1e-9);
  EXPECT_NEAR(grid.x_range().max(), 1.1, 1e-9);
  const ml::oracle::Network oracle = OracleOf(Digits(), request.snapshot());
  ml::oracle::Vector x(grid.base_inputs().begin(), grid.base_inputs().end());
  x[request.x_input()] = Middle(grid.x_range(), 8, 9);
  x[request.y_input()] = Middle(grid.y_range(), 2, 7);
  const ml::oracle::Vector p = oracle.Probabilities(x);
  EXPECT_EQ(grid.labels()[2 * 9 + 8], std::max_element(p.begin(), p.end()) - p.begin());
}

TEST_F(InspectGridTest, LargestFitsAMessageOfFourMebibytes) {
  v1::DecisionGridRequest request = RequestFor(Xor());
  request.set_columns(1024);
  request.set_rows(1024);
  const v1::DecisionGridResponse grid = MustAsk(request);
  EXPECT_EQ(grid.labels().size(), size_t{1} << 20);
  EXPECT_LT(grid.ByteSizeLong(), size_t{4} << 20);
}

TEST_F(InspectGridTest, IsTheSameForTwoHundredViewersAtOnce) {
  v1::DecisionGridRequest request = RequestFor(Xor());
  request.set_columns(300);
  constexpr int kViewers = 200;
  absl::Barrier* const start = new absl::Barrier(kViewers);
  std::vector<v1::DecisionGridResponse> seen(kViewers);
  std::vector<std::thread> viewers;
  for (int viewer = 0; viewer < kViewers; ++viewer) {
    viewers.emplace_back([&, viewer] {
      if (start->Block()) delete start;
      seen[viewer] = MustAsk(request);
    });
  }
  for (std::thread& viewer : viewers) viewer.join();
  for (const v1::DecisionGridResponse& grid : seen) {
    ASSERT_EQ(grid.labels().size(), 300u * 128u);
    ASSERT_EQ(grid.SerializeAsString(), seen[0].SerializeAsString());
  }
}

TEST_F(InspectGridTest, KnowsSnapshotsAndWindowsApart) {
  const Run& run = Xor();
  v1::DecisionGridRequest request = RequestFor(run);
  const std::string last = MustAsk(request).SerializeAsString();
  EXPECT_EQ(MustAsk(request).SerializeAsString(), last);
  // The same one by its number.
  request.set_snapshot(absl::StrCat(run.job.name(), "/snapshots/", run.snapshots.back().index()));
  EXPECT_EQ(MustAsk(request).SerializeAsString(), last);
  request.set_snapshot(absl::StrCat(run.job.name(), "/snapshots/1"));
  EXPECT_EQ(MustAsk(request).snapshot_index(), 1);
  EXPECT_NE(MustAsk(request).labels(), MustAsk(RequestFor(run)).labels());
  request.set_rows(5);
  EXPECT_EQ(MustAsk(request).rows(), 5);
}

TEST_F(InspectGridTest, FieldsThatBreakTheirRules) {
  const Run& run = Xor();
  const struct {
    const char* field;
    const char* description;
    std::function<void(v1::DecisionGridRequest&)> change;
  } cases[] = {
      {"snapshot", "must be a name like", [](auto& r) { r.clear_snapshot(); }},
      {"columns", "must be in [0, 1024], got 1025", [](auto& r) { r.set_columns(1025); }},
      {"rows", "must be in [0, 1024], got -1", [](auto& r) { r.set_rows(-1); }},
      {"x_input", "must be in [0, 2), got 2", [](auto& r) { r.set_x_input(2); }},
      {"y_input", "must be in [0, 2), got -1", [](auto& r) { r.set_y_input(-1); }},
      {"y_input", "must be other than x_input, got 0",
       [](auto& r) {
         r.set_x_input(0);
         r.set_y_input(0);
       }},
      {"x_range.max", "must be above min, 3, got 3",
       [](auto& r) {
         r.mutable_x_range()->set_min(3);
         r.mutable_x_range()->set_max(3);
       }},
      {"y_range.min", "must be a finite number of single precision, got nan",
       [](auto& r) { r.mutable_y_range()->set_min(std::numeric_limits<double>::quiet_NaN()); }},
      {"base_inputs", "must be 2 numbers, or none, got 1", [](auto& r) { r.add_base_inputs(1); }},
  };
  for (const auto& c : cases) {
    v1::DecisionGridRequest request = RequestFor(run);
    c.change(request);
    ExpectViolation(Refused(request), c.field, c.description);
  }
}

TEST_F(InspectGridTest, WhatWouldTakeTooLongIsRefused) {
  MustGenerate("wide", v1::GENERATOR_XOR);
  const Run run = MustTrain(MlpSpec("wide", {512, 512}, /*epochs=*/1, /*batch_size=*/200));
  v1::DecisionGridRequest request = RequestFor(run);
  request.set_columns(1024);
  request.set_rows(1024);
  EXPECT_EQ(Refused(request).error_code(), Code::RESOURCE_EXHAUSTED);
}

}  // namespace
}  // namespace percept::testing
