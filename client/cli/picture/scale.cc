#include "client/cli/picture/scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace percept::picture {
namespace {

std::string WithMinusSigns(std::string number) { return absl::StrReplaceAll(number, {{"-", "−"}}); }

// The smallest of 1, 2, 5, 10, … times a power of ten that is at least `length`.
double RoundStep(double length) {
  const double power = std::pow(10, std::floor(std::log10(length)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= length * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

std::vector<Tick> LogTicks(const Scale& scale, int most) {
  const int first = static_cast<int>(std::ceil(std::log10(scale.min) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(scale.max) + 1e-9));
  const int step = std::max(1, (last - first + most) / most);
  std::vector<Tick> ticks;
  for (int exponent = first; exponent <= last; exponent += step) {
    ticks.push_back({std::pow(10.0, exponent), absl::StrCat("10", Superscript(exponent))});
  }
  return ticks;
}

// Digits in groups of three: 20,000.
std::string Grouped(const std::string& digits) {
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    const size_t left = digits.size() - i;
    if (i > 0 && left % 3 == 0 && digits[i - 1] != '-') grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string TickLabel(double value, double step) {
  const double size = std::max(std::abs(value), step);
  if (size >= 1e7 || step < 1e-5) return WithMinusSigns(absl::StrFormat("%g", value));
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  if (decimals == 0 && std::abs(value) >= 10000) {
    return WithMinusSigns(Grouped(absl::StrFormat("%.0f", value)));
  }
  return NumberLabel(value, decimals);
}

}  // namespace

double Scale::Share(double value) const {
  if (is_logarithmic) return std::log(value / min) / std::log(max / min);
  return (value - min) / (max - min);
}

std::vector<Tick> Ticks(const Scale& scale, int most, bool whole) {
  if (scale.is_logarithmic) return LogTicks(scale, most);
  // An interval can hold one tick more than it has steps.
  double step = RoundStep(scale.range() / most);
  if (whole) step = std::max(step, 1.0);
  const auto count = [&scale](double length) {
    return std::floor(scale.max / length + 1e-9) - std::ceil(scale.min / length - 1e-9) + 1;
  };
  while (count(step) > most) step = RoundStep(step * 1.5);
  std::vector<Tick> ticks;
  const double first = std::ceil(scale.min / step - 1e-9);
  for (int i = 0; i < static_cast<int>(count(step)); ++i) {
    const double multiple = first + i;
    const double value = multiple == 0 ? 0 : multiple * step;  // No minus before a zero.
    ticks.push_back({value, TickLabel(value, step)});
  }
  return ticks;
}

Scale Covering(absl::Span<const double> values, double margin) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low > high) return {0, 1};
  const double length = high - low;
  // Also where the numbers are so large that a small range about them would vanish.
  const double least = std::max(std::abs(low), std::abs(high)) * 1e-9;
  if (!(length > least)) {
    const double half = low == 0 ? 1 : std::abs(low) * 0.5;
    return {low - half, high + half};
  }
  return {low - margin * length, high + margin * length};
}

Scale LogCovering(absl::Span<const double> values) {
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  for (const double value : values) {
    if (!std::isfinite(value) || !(value > 0)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (!(high > 0)) return {0.1, 1, true};
  double first = std::max(std::floor(std::log10(low) + 1e-9), -307.0);
  const double last = std::ceil(std::log10(high) - 1e-9);
  if (first == last) first -= 1;
  return {std::pow(10.0, first), std::pow(10.0, last), true};
}

std::string Superscript(int number) {
  return absl::StrReplaceAll(absl::StrCat(number), {{"-", "⁻"},
                                                    {"0", "⁰"},
                                                    {"1", "¹"},
                                                    {"2", "²"},
                                                    {"3", "³"},
                                                    {"4", "⁴"},
                                                    {"5", "⁵"},
                                                    {"6", "⁶"},
                                                    {"7", "⁷"},
                                                    {"8", "⁸"},
                                                    {"9", "⁹"}});
}

std::string NumberLabel(double value, int decimals) {
  std::string label = absl::StrFormat("%.*f", decimals, value);
  if (label.find_first_not_of("-0.") == std::string::npos && label[0] == '-') label.erase(0, 1);
  return WithMinusSigns(label);
}

std::string ShortNumberLabel(double value, int digits) {
  return WithMinusSigns(absl::StrFormat("%.*g", digits, value));
}

}  // namespace percept::picture
