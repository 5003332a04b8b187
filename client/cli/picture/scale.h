#ifndef PERCEPT_CLIENT_CLI_PICTURE_SCALE_H_
#define PERCEPT_CLIENT_CLI_PICTURE_SCALE_H_

#include <string>
#include <vector>

#include "absl/types/span.h"

namespace percept::picture {

// The numbers along an axis.
struct Scale {
  double min = 0;
  double max = 1;               // Above min.
  bool is_logarithmic = false;  // Then both are above 0.

  // Where `value` lies: 0 at min, 1 at max, beyond both outside.
  double Share(double value) const;
  double range() const { return max - min; }
};

struct Tick {
  double value = 0;
  std::string label;
};

// Round numbers within the scale, ascending, at most `most` of them, at least one where a round
// number lies within. The labels have just the digits that tell them apart; those of a logarithmic
// scale are powers of ten: 10⁻⁶. `most` is at least 2; with `whole` only whole numbers.
std::vector<Tick> Ticks(const Scale& scale, int most, bool whole = false);

// A scale that holds all finite values, with `margin` of its length left free on both sides. Equal
// values, or none, get a range about them.
Scale Covering(absl::Span<const double> values, double margin = 0.05);
// The same on a logarithmic scale, ending at powers of ten, for those above 0.
Scale LogCovering(absl::Span<const double> values);

// A whole number in raised digits: ⁻⁶.
std::string Superscript(int number);

// A number of `decimals` digits after the point, with a minus sign instead of a hyphen.
std::string NumberLabel(double value, int decimals);
// The same with at most `digits` significant digits and no more than needed.
std::string ShortNumberLabel(double value, int digits = 3);

}  // namespace percept::picture

#endif  // PERCEPT_CLIENT_CLI_PICTURE_SCALE_H_
