#include "server/inspect/pca.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include <Eigen/Dense>

namespace percept::inspect {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Variances below this share of the whole are rounding.
constexpr double kNoVariance = 1e-13;

// At most `kMaxFittedRows` of the rows, at equal distances.
Matrix RowsToFit(absl::Span<const float> rows, int64_t columns) {
  const auto count = static_cast<int64_t>(rows.size()) / columns;
  const int64_t fitted = std::min(count, kMaxFittedRows);
  Matrix matrix(fitted, columns);
  for (int64_t r = 0; r < fitted; ++r) {
    const float* const from = rows.data() + r * count / fitted * columns;
    for (int64_t c = 0; c < columns; ++c) matrix(r, c) = from[c];
  }
  return matrix;
}

// Points the axis to where its largest entry is positive.
void FixSign(Eigen::Ref<Eigen::RowVectorXd> axis) {
  Eigen::Index largest = 0;
  for (Eigen::Index i = 1; i < axis.size(); ++i) {
    // Entries that differ by rounding alone are equals.
    if (std::abs(axis[i]) > std::abs(axis[largest]) * (1.0 + 1e-9)) largest = i;
  }
  if (axis[largest] < 0.0) axis = -axis;
}

// A direction of unit length at right angles to the first `count` axes: what is left of the first
// unit vector that does not lie among them.
Eigen::RowVectorXd Complement(const Matrix& axes, Eigen::Index count) {
  for (Eigen::Index unit = 0; unit < axes.cols(); ++unit) {
    Eigen::RowVectorXd direction = Eigen::RowVectorXd::Unit(axes.cols(), unit);
    for (Eigen::Index c = 0; c < count; ++c) {
      direction -= direction.dot(axes.row(c)) * axes.row(c);
    }
    // At least one of them keeps so much, there being fewer axes than columns.
    if (direction.squaredNorm() >= 1.0 / (2.0 * static_cast<double>(axes.cols()))) {
      return direction.normalized();
    }
  }
  return Eigen::RowVectorXd::Unit(axes.cols(), 0);
}

}  // namespace

absl::StatusOr<Pca> FitPca(absl::Span<const float> rows, int64_t columns, int64_t components) {
  if (!std::all_of(rows.begin(), rows.end(), [](float value) { return std::isfinite(value); })) {
    return absl::FailedPreconditionError(
        "activations that are not finite have no principal components");
  }
  Matrix centred = RowsToFit(rows, columns);
  const Eigen::RowVectorXd mean = centred.colwise().mean();
  centred.rowwise() -= mean;
  const double whole = centred.squaredNorm();

  // The smaller of the two products has the same eigenvalues.
  const bool by_columns = centred.cols() <= centred.rows();
  const Matrix product =
      by_columns ? Matrix(centred.transpose() * centred) : Matrix(centred * centred.transpose());
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(product);

  Pca pca;
  pca.mean.assign(mean.data(), mean.data() + columns);
  Matrix axes(components, columns);
  for (int64_t c = 0; c < components; ++c) {
    const Eigen::Index at = product.cols() - 1 - c;  // They come rising.
    const double variance = at >= 0 ? std::max(0.0, solver.eigenvalues()[at]) : 0.0;
    if (variance <= kNoVariance * whole) {
      axes.row(c) = Complement(axes, c);
      pca.variance_shares.push_back(0.0);
      continue;
    }
    const Eigen::VectorXd vector = solver.eigenvectors().col(at);
    axes.row(c) = by_columns ? Eigen::RowVectorXd(vector.transpose())
                             : Eigen::RowVectorXd(vector.transpose() * centred);
    axes.row(c).normalize();
    FixSign(axes.row(c));
    pca.variance_shares.push_back(std::min(1.0, variance / whole));
  }
  pca.axes.assign(axes.data(), axes.data() + axes.size());
  return pca;
}

std::vector<float> Project(const Pca& pca, absl::Span<const float> rows) {
  const size_t columns = pca.mean.size();
  std::vector<float> coordinates;
  coordinates.reserve(rows.size() / columns * static_cast<size_t>(pca.components()));
  for (size_t row = 0; row + columns <= rows.size(); row += columns) {
    for (int64_t c = 0; c < pca.components(); ++c) {
      const absl::Span<const double> axis = pca.axis(c);
      double sum = 0.0;
      for (size_t h = 0; h < columns; ++h) sum += axis[h] * (rows[row + h] - pca.mean[h]);
      coordinates.push_back(static_cast<float>(sum));
    }
  }
  return coordinates;
}

}  // namespace percept::inspect
