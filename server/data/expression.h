#ifndef PERCEPT_SERVER_DATA_EXPRESSION_H_
#define PERCEPT_SERVER_DATA_EXPRESSION_H_

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
//   power    = atom ["^" negation]                     (binds to the right: 2^3^2 = 512, -x^2 = -(x^2))
//   atom     = number | "x" digits | "pi" | "e" | name "(" sum {"," sum} ")" | "(" sum ")"
//   name     = abs sqrt exp log sin cos tanh (one argument), min max (two or more)
//
// Numbers are decimal, such as 3, .5 and 1e-3. Computed in double precision; an integer power of at
// most 1024 is a product. Immutable, so any thread may evaluate.
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

  // Operations that an evaluation takes.
  int64_t cost() const;

  // The columns it reads, each once, ascending.
  std::vector<int32_t> columns() const;

 private:
  enum class Operation : uint8_t;
  struct Instruction {
    Operation operation;
    int32_t column = 0;     // Of the operation that reads one.
    int32_t arguments = 0;  // Of min and max.
    double number = 0.0;    // Of the operation that has one.
  };
  class Parser;

  std::vector<Instruction> program_;  // In reverse Polish order.
  int32_t max_stack_ = 0;
};

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_EXPRESSION_H_
