#ifndef PERCEPT_SERVER_DATA_NORMAL_H_
#define PERCEPT_SERVER_DATA_NORMAL_H_

#include <array>

#include "server/base/random.h"

namespace percept::data {

// Two independent draws from the normal distribution with mean 0 and variance 1 (Marsaglia's polar
// method, 1964). Uses + - * / sqrt and comparisons only, so the bits are the same on every machine.
std::array<double, 2> DrawNormalPair(Random& random);

// Natural logarithm of a positive, finite, normal `x`, from the same operations; within 4e-16 of
// the true value, relative to it.
double ExactlyReproducibleLog(double x);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_NORMAL_H_
