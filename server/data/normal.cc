#include "server/data/normal.h"

#include <cmath>

#include "server/base/reproducible_math.h"

namespace percept::data {

std::array<double, 2> DrawNormalPair(Random& random) {
  while (true) {
    const double u = 2.0 * random.NextDouble() - 1.0;
    const double v = 2.0 * random.NextDouble() - 1.0;
    const double radius = u * u + v * v;
    if (radius >= 1.0 || radius == 0.0) continue;
    // IEEE 754 wants sqrt to be correctly rounded.
    const double factor = std::sqrt(-2.0 * ExactlyReproducibleLog(radius) / radius);
    return {u * factor, v * factor};
  }
}

}  // namespace percept::data
