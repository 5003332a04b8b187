#ifndef PERCEPT_SERVER_DATA_NORMAL_H_
#define PERCEPT_SERVER_DATA_NORMAL_H_

#include <array>

#include "server/base/random.h"

namespace percept::data {

// Two independent draws from the normal distribution with mean 0 and variance 1 (Marsaglia's polar
// method, 1964). The bits are the same on every machine.
std::array<double, 2> DrawNormalPair(Random& random);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_NORMAL_H_
