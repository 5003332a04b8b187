#ifndef PERCEPT_TESTS_UNIT_ML_TOY_DATA_H_
#define PERCEPT_TESTS_UNIT_ML_TOY_DATA_H_

#include <cstdint>

#include "tests/unit/ml/data.h"

// Data sets like those of the notebook, with the classes mixed.
namespace percept::ml {

// Positive (label 1) and negative blobs by turns, with a column of ones; linearly separable.
TestData TwoNormals(int64_t count_per_class);

// Three blobs, of which two overlap.
TestData ThreeClasses(int64_t count_per_class);

// Blobs at the corners of a square, of which opposite ones are of one class.
TestData Xor(int64_t count_per_class);

// A blob within a ring.
TestData Bullseye(int64_t count_per_class);

// Images of 784 pixels in ten classes: each has strokes of its own, drawn with noise on a black
// ground; about 81 % of the pixels are black.
TestData MnistLike(int64_t count);

}  // namespace percept::ml

#endif  // PERCEPT_TESTS_UNIT_ML_TOY_DATA_H_
