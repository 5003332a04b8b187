#ifndef PERCEPT_SERVER_BASE_REPRODUCIBLE_MATH_H_
#define PERCEPT_SERVER_BASE_REPRODUCIBLE_MATH_H_

#include <cstdint>

// Functions whose results have the same bits on every machine, which those of the C library do not
// have: made of + - * / and exact scaling only, compiled without fused multiplication and addition.
namespace percept {

// Natural logarithm of a positive, finite, normal `x`; within 4e-16 of the true value, relative to
// it.
double ExactlyReproducibleLog(double x);

// e^x, for every x; infinity and zero where it leaves the range of doubles. Within 4e-16 of the
// true value, relative to it, where that is a normal number.
double ExactlyReproducibleExp(double x);

// base^exponent for a positive, finite, normal `base`, as exp(exponent * log(base)). The relative
// error is within 4e-16 times 1 + |exponent * log(base)|.
double ExactlyReproduciblePow(double base, double exponent);

// base^exponent for exponents from 0 on, by repeated squaring; 0^0 is 1. The relative error is
// within 2e-16 times twice the exponent.
double ExactlyReproduciblePower(double base, int64_t exponent);

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_REPRODUCIBLE_MATH_H_
