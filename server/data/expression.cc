#include "server/data/expression.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "server/base/reproducible_math.h"
#include "server/base/status.h"
#include "server/data/readers/input_file.h"

namespace percept::data {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kE = 2.71828182845904523536;
constexpr double kMaxProductExponent = 1024.0;
constexpr int64_t kFunctionCost = 16;

// Values that wait at once: at each depth a sum, a product and a min or max, each with its left
// side, and the value they wait for.
constexpr size_t kMaxStack = 3 * (Expression::kMaxDepth + 1) + 1;

double Power(double base, double exponent) {
  if (std::abs(exponent) <= kMaxProductExponent && exponent == std::trunc(exponent)) {
    const double power = ExactlyReproduciblePower(base, static_cast<int64_t>(std::abs(exponent)));
    return exponent < 0.0 ? 1.0 / power : power;
  }
  return std::pow(base, exponent);
}

}  // namespace

struct Expression::Name {
  absl::string_view text;
  Operation operation;
  bool has_two_or_more;  // Arguments; otherwise one.
};

const Expression::Name* Expression::FindName(absl::string_view name) {
  static constexpr Name kNames[] = {
      {"abs", Operation::kAbs, false},   {"sqrt", Operation::kSqrt, false},
      {"exp", Operation::kExp, false},   {"log", Operation::kLog, false},
      {"sin", Operation::kSin, false},   {"cos", Operation::kCos, false},
      {"tanh", Operation::kTanh, false}, {"min", Operation::kMin, true},
      {"max", Operation::kMax, true},
  };
  const auto* const found = std::find_if(std::begin(kNames), std::end(kNames),
                                         [name](const Name& one) { return one.text == name; });
  return found == std::end(kNames) ? nullptr : found;
}

// Turns the text into a program, each operation after its operands.
class Expression::Parser {
 public:
  Parser(absl::string_view text, int32_t inputs) : text_(text), inputs_(inputs) {}

  absl::StatusOr<std::vector<Instruction>> Parse() {
    PERCEPT_RETURN_IF_ERROR(ParseSum(0));
    SkipSpace();
    if (place_ < text_.size()) return Unexpected("must be an operator (+ - * / ^) or the end");
    return std::move(program_);
  }

 private:
  absl::Status Malformed(size_t place, absl::string_view rule) const {
    return absl::InvalidArgumentError(absl::StrCat("byte ", place + 1, ": ", rule));
  }

  // The rule is broken by what comes next.
  absl::Status Unexpected(absl::string_view rule) const {
    if (place_ >= text_.size()) return Malformed(place_, absl::StrCat(rule, ", got the end"));
    const absl::string_view word = WordAt(place_);
    return Malformed(
        place_,
        absl::StrCat(rule, ", got ", QuotedBytes(word.empty() ? text_.substr(place_, 1) : word)));
  }

  // The letters and digits from `place` on.
  absl::string_view WordAt(size_t place) const {
    size_t end = place;
    while (end < text_.size() &&
           (absl::ascii_isalnum(static_cast<uint8_t>(text_[end])) || text_[end] == '_')) {
      ++end;
    }
    return text_.substr(place, end - place);
  }

  void SkipSpace() {
    while (place_ < text_.size() && absl::ascii_isspace(static_cast<uint8_t>(text_[place_])))
      ++place_;
  }

  bool Take(char wanted) {
    SkipSpace();
    if (place_ >= text_.size() || text_[place_] != wanted) return false;
    ++place_;
    return true;
  }

  void Emit(Operation operation) { program_.push_back({operation, 0, 0.0}); }

  absl::Status CheckDepth(int depth) const {
    if (depth <= kMaxDepth) return absl::OkStatus();
    return Malformed(place_ - 1, absl::StrCat("parentheses, powers and signs must be at most ",
                                              kMaxDepth, " deep"));
  }

  absl::Status ParseSum(int depth) {
    PERCEPT_RETURN_IF_ERROR(ParseProduct(depth));
    while (true) {
      const bool is_addition = Take('+');
      if (!is_addition && !Take('-')) return absl::OkStatus();
      PERCEPT_RETURN_IF_ERROR(ParseProduct(depth));
      Emit(is_addition ? Operation::kAdd : Operation::kSubtract);
    }
  }

  absl::Status ParseProduct(int depth) {
    PERCEPT_RETURN_IF_ERROR(ParseNegation(depth));
    while (true) {
      const bool is_multiplication = Take('*');
      if (!is_multiplication && !Take('/')) return absl::OkStatus();
      PERCEPT_RETURN_IF_ERROR(ParseNegation(depth));
      Emit(is_multiplication ? Operation::kMultiply : Operation::kDivide);
    }
  }

  absl::Status ParseNegation(int depth) {
    if (!Take('-')) return ParsePower(depth);
    PERCEPT_RETURN_IF_ERROR(CheckDepth(depth + 1));
    PERCEPT_RETURN_IF_ERROR(ParseNegation(depth + 1));
    Emit(Operation::kNegate);
    return absl::OkStatus();
  }

  absl::Status ParsePower(int depth) {
    PERCEPT_RETURN_IF_ERROR(ParseAtom(depth));
    if (!Take('^')) return absl::OkStatus();
    PERCEPT_RETURN_IF_ERROR(CheckDepth(depth + 1));
    PERCEPT_RETURN_IF_ERROR(ParseNegation(depth + 1));
    Emit(Operation::kPower);
    return absl::OkStatus();
  }

  absl::Status ParseAtom(int depth) {
    if (Take('(')) {
      PERCEPT_RETURN_IF_ERROR(CheckDepth(depth + 1));
      PERCEPT_RETURN_IF_ERROR(ParseSum(depth + 1));
      return Take(')') ? absl::OkStatus() : Unexpected("must be an operator (+ - * / ^) or )");
    }
    const char next = place_ < text_.size() ? text_[place_] : '\0';
    if (absl::ascii_isdigit(static_cast<uint8_t>(next)) || next == '.') return ParseNumber();
    const absl::string_view word = WordAt(place_);
    if (word.empty()) {
      return Unexpected("must be a number, a column such as x0, pi, e, a function or (");
    }
    if (word == "pi" || word == "e") {
      program_.push_back({Operation::kNumber, 0, word == "e" ? kE : kPi});
      place_ += word.size();
      return absl::OkStatus();
    }
    const bool is_column = word[0] == 'x' && std::all_of(word.begin() + 1, word.end(), [](char c) {
                             return absl::ascii_isdigit(static_cast<uint8_t>(c));
                           });
    return is_column ? ParseColumn(word) : ParseCall(word, depth);
  }

  size_t DigitsFrom(size_t place) const {
    size_t end = place;
    while (end < text_.size() && absl::ascii_isdigit(static_cast<uint8_t>(text_[end]))) ++end;
    return end - place;
  }

  absl::Status ParseNumber() {
    size_t end = place_ + DigitsFrom(place_);
    size_t digits = end - place_;
    if (end < text_.size() && text_[end] == '.') {
      const size_t decimals = DigitsFrom(end + 1);
      digits += decimals;
      end += 1 + decimals;
    }
    if (digits == 0) return Malformed(place_, "a number must have digits");
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      const bool has_sign =
          end + 1 < text_.size() && (text_[end + 1] == '+' || text_[end + 1] == '-');
      const size_t exponent = end + (has_sign ? 2 : 1);
      const size_t exponent_digits = DigitsFrom(exponent);
      if (exponent_digits == 0) return Malformed(end, "an exponent must have digits");
      end = exponent + exponent_digits;
    }
    double number;
    const absl::string_view text = text_.substr(place_, end - place_);
    if (!absl::SimpleAtod(text, &number) || !std::isfinite(number)) {
      return Malformed(place_, absl::StrCat("a number must be finite, got ", QuotedBytes(text)));
    }
    program_.push_back({Operation::kNumber, 0, number});
    place_ = end;
    return absl::OkStatus();
  }

  absl::Status ParseColumn(absl::string_view word) {
    const absl::string_view digits = word.substr(1);
    int32_t column;
    if (digits.empty() || (digits.size() > 1 && digits[0] == '0'))
      return Unexpected("x must be followed by a column's number without leading zeros");
    if (!absl::SimpleAtoi(digits, &column) || column >= inputs_) {
      return Unexpected(absl::StrCat("a column must be in [x0, x", inputs_ - 1, "]"));
    }
    program_.push_back({Operation::kColumn, column, 0.0});
    place_ += word.size();
    return absl::OkStatus();
  }

  absl::Status ParseCall(absl::string_view word, int depth) {
    const Name* const name = FindName(word);
    if (name == nullptr) {
      return Unexpected(
          "must be one of abs, sqrt, exp, log, sin, cos, tanh, min, max, pi, e or a column such as "
          "x0");
    }
    const size_t name_place = place_;
    place_ += word.size();
    if (!Take('(')) return Unexpected(absl::StrCat("must be ( after ", word));
    PERCEPT_RETURN_IF_ERROR(CheckDepth(depth + 1));
    PERCEPT_RETURN_IF_ERROR(ParseSum(depth + 1));
    int arguments = 1;
    while (Take(',')) {
      PERCEPT_RETURN_IF_ERROR(ParseSum(depth + 1));
      if (name->has_two_or_more) Emit(name->operation);
      ++arguments;
    }
    if (!Take(')')) return Unexpected("must be an operator (+ - * / ^), a comma or )");
    if (name->has_two_or_more ? arguments < 2 : arguments > 1) {
      return Malformed(
          name_place, absl::StrCat(word, " must have ",
                                   name->has_two_or_more ? "two arguments or more" : "one argument",
                                   ", got ", arguments));
    }
    if (!name->has_two_or_more) Emit(name->operation);
    return absl::OkStatus();
  }

  const absl::string_view text_;
  const int32_t inputs_;
  size_t place_ = 0;
  std::vector<Instruction> program_;
};

absl::StatusOr<Expression> Expression::Parse(absl::string_view text, int32_t inputs) {
  if (text.size() > kMaxBytes) {
    return absl::InvalidArgumentError(absl::StrCat("byte ", kMaxBytes + 1, ": must be at most ",
                                                   kMaxBytes, " bytes long, got ", text.size()));
  }
  Expression expression;
  PERCEPT_ASSIGN_OR_RETURN(expression.program_, Parser(text, inputs).Parse());
  return expression;
}

double Expression::Apply(Operation operation, double argument) {
  switch (operation) {
    case Operation::kNegate:
      return -argument;
    case Operation::kAbs:
      return std::abs(argument);
    case Operation::kSqrt:
      return std::sqrt(argument);
    case Operation::kExp:
      return std::exp(argument);
    case Operation::kLog:
      return std::log(argument);
    case Operation::kSin:
      return std::sin(argument);
    case Operation::kCos:
      return std::cos(argument);
    default:
      return std::tanh(argument);
  }
}

double Expression::Apply(Operation operation, double left, double right) {
  switch (operation) {
    case Operation::kAdd:
      return left + right;
    case Operation::kSubtract:
      return left - right;
    case Operation::kMultiply:
      return left * right;
    case Operation::kDivide:
      return left / right;
    case Operation::kPower:
      return Power(left, right);
    default:
      if (std::isnan(left) || std::isnan(right)) return std::numeric_limits<double>::quiet_NaN();
      return operation == Operation::kMin ? std::min(left, right) : std::max(left, right);
  }
}

double Expression::Evaluate(absl::Span<const float> x) const {
  std::array<double, kMaxStack> stack;
  size_t size = 0;
  for (const Instruction& instruction : program_) {
    const Operation operation = instruction.operation;
    if (operation == Operation::kNumber) {
      stack[size++] = instruction.number;
    } else if (operation == Operation::kColumn) {
      stack[size++] = x[static_cast<size_t>(instruction.column)];
    } else if (operation >= Operation::kNegate) {
      stack[size - 1] = Apply(operation, stack[size - 1]);
    } else {
      --size;
      stack[size - 1] = Apply(operation, stack[size - 1], stack[size]);
    }
  }
  return stack[0];
}

int64_t Expression::cost() const {
  int64_t cost = 0;
  for (const Instruction& instruction : program_) {
    const bool is_function =
        instruction.operation == Operation::kPower || instruction.operation >= Operation::kExp;
    cost += is_function ? kFunctionCost : 1;
  }
  return cost;
}

std::vector<int32_t> Expression::columns() const {
  std::vector<int32_t> columns;
  for (const Instruction& instruction : program_) {
    if (instruction.operation == Operation::kColumn) columns.push_back(instruction.column);
  }
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
}

}  // namespace percept::data
