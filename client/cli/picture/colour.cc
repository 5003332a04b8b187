#include "client/cli/picture/colour.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>

namespace percept::picture {
namespace {

constexpr Colour FromBytes(int red, int green, int blue) {
  return {red / 255.0, green / 255.0, blue / 255.0};
}

constexpr Colour kClasses[] = {FromBytes(0x00, 0x72, 0xB2), FromBytes(0xD5, 0x5E, 0x00),
                               FromBytes(0x00, 0x9E, 0x73), FromBytes(0xCC, 0x79, 0xA7),
                               FromBytes(0xE6, 0x9F, 0x00), FromBytes(0x56, 0xB4, 0xE9),
                               FromBytes(0x33, 0x22, 0x88), FromBytes(0x88, 0x22, 0x55),
                               FromBytes(0x99, 0x99, 0x33), FromBytes(0x66, 0x66, 0x66)};
constexpr Colour kNeutral = FromBytes(0xF7, 0xF7, 0xF7);
constexpr Colour kNotANumber = FromBytes(0xFF, 0x00, 0xFF);

}  // namespace

Colour ClassColour(int label) {
  return kClasses[static_cast<size_t>(std::abs(label)) % std::size(kClasses)];
}

Colour WithOpacity(Colour colour, double opacity) {
  colour.opacity = opacity;
  return colour;
}

Colour Mixed(Colour from, Colour to, double share) {
  const auto mix = [share](double a, double b) { return a + (b - a) * share; };
  return {mix(from.red, to.red), mix(from.green, to.green), mix(from.blue, to.blue),
          mix(from.opacity, to.opacity)};
}

Colour Over(Colour colour, Colour below) {
  Colour opaque = Mixed(below, colour, colour.opacity);
  opaque.opacity = 1;
  return opaque;
}

Colour Diverging(double share) {
  if (std::isnan(share)) return kNotANumber;
  const double size = std::min(std::abs(share), 1.0);
  return Mixed(kNeutral, share < 0 ? kClasses[0] : kClasses[1], size);
}

Colour Grey(double share) {
  if (std::isnan(share)) return kNotANumber;
  const double level = std::clamp(share, 0.0, 1.0);
  return {level, level, level};
}

Colour Sequential(double share) {
  if (std::isnan(share)) return kNotANumber;
  return Mixed(kPaper, kClasses[0], std::clamp(share, 0.0, 1.0));
}

Colour InkOn(Colour background) {
  const double luminance =
      0.2126 * background.red + 0.7152 * background.green + 0.0722 * background.blue;
  return luminance > 0.5 ? kInk : kPaper;
}

}  // namespace percept::picture
