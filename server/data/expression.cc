#include "server/data/expression.h"

namespace percept::data {

absl::StatusOr<Expression> Expression::Parse(absl::string_view /*text*/, int32_t /*inputs*/) {
  return absl::UnimplementedError("expression");
}

double Expression::Evaluate(absl::Span<const float> /*x*/) const { return 0.0; }

int64_t Expression::cost() const { return static_cast<int64_t>(program_.size()) + max_stack_; }

std::vector<int32_t> Expression::columns() const { return {}; }

}  // namespace percept::data
