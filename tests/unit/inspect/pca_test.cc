#include "server/inspect/pca.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/random.h"
#include "tests/support/status_matchers.h"

namespace percept::inspect {
namespace {

using ::percept::testing::StatusIs;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::FloatNear;

// B rows that vary by `deviations` along the columns, after a rotation in the plane of the first
// two by `angle`, about `centre`.
std::vector<float> Rows(int64_t count, const std::vector<double>& deviations, double angle,
                        double centre) {
  Random random(5, Random::Stream::kGenerator);
  std::vector<float> rows;
  for (int64_t n = 0; n < count; ++n) {
    std::vector<double> row;
    for (const double deviation : deviations) {
      row.push_back(deviation * (2.0 * random.NextDouble() - 1.0));
    }
    const double x = row[0] * std::cos(angle) - row[1] * std::sin(angle);
    const double y = row[0] * std::sin(angle) + row[1] * std::cos(angle);
    row[0] = x;
    row[1] = y;
    for (const double value : row) rows.push_back(static_cast<float>(centre + value));
  }
  return rows;
}

double Dot(absl::Span<const double> a, absl::Span<const double> b) {
  double sum = 0.0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// The variance of the rows along a direction, by plain loops.
double VarianceAlong(absl::Span<const float> rows, const Pca& pca, absl::Span<const double> axis) {
  double sum = 0.0;
  for (size_t at = 0; at < rows.size(); at += axis.size()) {
    double along = 0.0;
    for (size_t h = 0; h < axis.size(); ++h) along += axis[h] * (rows[at + h] - pca.mean[h]);
    sum += along * along;
  }
  return sum;
}

TEST(Pca, OfPointsOnALineMatchesTheClosedForm) {
  // t (3, 4) + (1, 2) for t = -1, 0, 1.
  const std::vector<float> rows = {-2, -2, 1, 2, 4, 6};
  ASSERT_OK_AND_ASSIGN(const Pca pca, FitPca(rows, 2, 2));
  EXPECT_THAT(pca.mean, ElementsAre(DoubleNear(1, 1e-12), DoubleNear(2, 1e-12)));
  EXPECT_THAT(pca.variance_shares, ElementsAre(DoubleNear(1, 1e-12), 0.0));
  EXPECT_NEAR(pca.axis(0)[0], 0.6, 1e-12);
  EXPECT_NEAR(pca.axis(0)[1], 0.8, 1e-12);
  EXPECT_NEAR(Dot(pca.axis(0), pca.axis(1)), 0.0, 1e-12);
  EXPECT_NEAR(Dot(pca.axis(1), pca.axis(1)), 1.0, 1e-12);
  EXPECT_THAT(Project(pca, rows),
              ElementsAre(FloatNear(-5, 1e-5), FloatNear(0, 1e-5), FloatNear(0, 1e-5),
                          FloatNear(0, 1e-5), FloatNear(5, 1e-5), FloatNear(0, 1e-5)));
}

TEST(Pca, FindsTheDirectionsThatVaryMost) {
  constexpr double kAngle = 0.4;
  for (const int64_t count : {4, 50, 1000}) {  // Fewer and more than columns.
    SCOPED_TRACE(count);
    const std::vector<float> rows = Rows(count, {9, 2, 0.5, 0.1, 0.1, 0.1}, kAngle, 3.0);
    ASSERT_OK_AND_ASSIGN(const Pca pca, FitPca(rows, 6, 3));
    double whole = 0.0;
    for (size_t i = 0; i < 6; ++i) {
      std::vector<double> unit(6);
      unit[i] = 1.0;
      whole += VarianceAlong(rows, pca, unit);
    }
    for (int64_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(Dot(pca.axis(c), pca.axis(c)), 1.0, 1e-9);
      for (int64_t d = 0; d < c; ++d) EXPECT_NEAR(Dot(pca.axis(c), pca.axis(d)), 0.0, 1e-9);
      EXPECT_NEAR(pca.variance_shares[c], VarianceAlong(rows, pca, pca.axis(c)) / whole, 1e-9);
      // No direction near by varies more: turned a little towards each other column.
      for (size_t i = 0; i < 6; ++i) {
        std::vector<double> turned(pca.axis(c).begin(), pca.axis(c).end());
        turned[i] += 0.01;
        for (int64_t d = 0; d < c; ++d) {
          const double along = Dot(turned, pca.axis(d));
          for (size_t j = 0; j < 6; ++j) turned[j] -= along * pca.axis(d)[j];
        }
        const double norm = std::sqrt(Dot(turned, turned));
        for (double& value : turned) value /= norm;
        EXPECT_LE(VarianceAlong(rows, pca, turned) / whole, pca.variance_shares[c] + 1e-9);
      }
    }
    EXPECT_GE(pca.variance_shares[0], pca.variance_shares[1]);
    EXPECT_GE(pca.variance_shares[1], pca.variance_shares[2]);
  }
}

TEST(Pca, PointsEachAxisToWhereItsLargestEntryIsPositive) {
  std::vector<float> rows = Rows(40, {5, 3, 1}, 2.5, 0.0);
  ASSERT_OK_AND_ASSIGN(const Pca pca, FitPca(rows, 3, 3));
  for (int64_t c = 0; c < 3; ++c) {
    double largest = 0.0;
    for (const double entry : pca.axis(c)) {
      if (std::abs(entry) > std::abs(largest)) largest = entry;
    }
    EXPECT_GT(largest, 0.0);
  }
  // Turned about, the rows have the same axes.
  for (float& value : rows) value = -value;
  ASSERT_OK_AND_ASSIGN(const Pca other, FitPca(rows, 3, 3));
  for (size_t i = 0; i < pca.axes.size(); ++i) EXPECT_NEAR(other.axes[i], pca.axes[i], 1e-9);
}

TEST(Pca, HasAxesAtRightAnglesWhereNothingVaries) {
  for (const std::vector<float>& rows :
       {std::vector<float>{1, 2, 3}, std::vector<float>{1, 2, 3, 1, 2, 3}}) {
    ASSERT_OK_AND_ASSIGN(const Pca pca, FitPca(rows, 3, 3));
    EXPECT_THAT(pca.variance_shares, ElementsAre(0, 0, 0));
    for (int64_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(Dot(pca.axis(c), pca.axis(c)), 1.0, 1e-12);
      for (int64_t d = 0; d < c; ++d) EXPECT_NEAR(Dot(pca.axis(c), pca.axis(d)), 0.0, 1e-12);
    }
  }
}

TEST(Pca, FitsManyRowsByAThousandAtEqualDistances) {
  // Every other row is far off; of 2,000 rows the even ones are taken.
  std::vector<float> rows;
  for (int n = 0; n < 2000; ++n) {
    rows.push_back(n % 2 == 0 ? static_cast<float>(n % 5) : 0.0f);
    rows.push_back(n % 2 == 0 ? 0.0f : 1e6f);
  }
  ASSERT_OK_AND_ASSIGN(const Pca pca, FitPca(rows, 2, 1));
  EXPECT_NEAR(pca.axis(0)[0], 1.0, 1e-12);
  EXPECT_EQ(Project(pca, rows).size(), 2000u);
}

TEST(Pca, RefusesNumbersThatAreNotFinite) {
  EXPECT_THAT(FitPca(std::vector<float>{1, std::numeric_limits<float>::infinity()}, 1, 1),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace percept::inspect
