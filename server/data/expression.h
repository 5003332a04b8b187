#ifndef PERCEPT_SERVER_DATA_EXPRESSION_H_
#define PERCEPT_SERVER_DATA_EXPRESSION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace percept::data {

// A feature: a formula over the columns x0, x1, … of an example, such as `x0*x1/abs(x0)`.
//
//   sum      = product {("+" | "-") product}
//   product  = negation {("*" | "/") negation}
//   negation = "-" negation | power
//   power    = atom ["^" negation]                     (binds to the right: 2^3^2 = 512, -x^2 =
//   -(x^2)) atom     = number | "x" digits | "pi" | "e" | name "(" sum {"," sum} ")" | "(" sum ")"
//   name     = abs sqrt exp log sin cos tanh (one argument), min max (two or more)
//
// Numbers are decimal, such as 3, .5 and 1e-3; the digits of a column have no leading zero. Spaces
// may stand anywhere between these. Computed in double precision; an integer power of at most 1024
// is a product; min and max of what is not a number are not a number. Immutable, so any thread may
// evaluate.
class Expression {
 public:
  static constexpr size_t kMaxBytes = 1000;  // Of the text.
  static constexpr int kMaxDepth = 100;      // Of parentheses, powers and signs within each other.

  // InvalidArgument, naming the byte (from 1) and what is wrong there: a syntax error, an unknown
  // name, a wrong number of arguments, a column that is not in [0, inputs), a text that is too long
  // or too deep. The message begins without a field's name.
  static absl::StatusOr<Expression> Parse(absl::string_view text, int32_t inputs);

  // The value for the example `x` [inputs]; infinite or not a number where the formula is.
  double Evaluate(absl::Span<const float> x) const;

  // Operations that an evaluation takes: one for each sum, product or number, several for a power
  // or a function such as exp.
  int64_t cost() const;

  // The columns it reads, each once, ascending.
  std::vector<int32_t> columns() const;

 private:
  enum class Operation : uint8_t {
    kNumber,
    kColumn,
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kPower,
    kMin,
    kMax,
    kNegate,
    kAbs,
    kSqrt,
    kExp,
    kLog,
    kSin,
    kCos,
    kTanh,
  };
  struct Instruction {
    Operation operation = Operation::kNumber;
    int32_t column = 0;   // Of kColumn.
    double number = 0.0;  // Of kNumber.
  };
  struct Name;
  class Parser;

  static const Name* FindName(absl::string_view name);
  static double Apply(Operation operation, double argument);
  static double Apply(Operation operation, double left, double right);

  std::vector<Instruction> program_;  // In reverse Polish order.
};

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_EXPRESSION_H_
