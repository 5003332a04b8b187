#ifndef PERCEPT_SERVER_DATA_CARVING_H_
#define PERCEPT_SERVER_DATA_CARVING_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/base/status.h"
#include "server/data/dataset.h"

namespace percept::data {

// How training examples are carved into other splits.
struct Carving {
  double validation_fraction = 0.0;
  double test_fraction = 0.0;
  uint64_t seed = 0;
};

// Adds what breaks a rule to `violations`, under `field` (such as "upload"): a fraction outside
// [0, 1), a sum of 1 or more.
void CheckCarving(const Carving& carving, absl::string_view field, FieldViolations& violations);

// Moves examples of the training split, chosen at random class by class, to the others: of a class
// of n the nearest whole number to n times the fraction, validation first, but always leaving one.
// Every split keeps the order of the examples. InvalidArgument, naming the field, for what
// `CheckCarving` says and for a split to be carved that has examples already.
absl::StatusOr<Dataset> Carve(Dataset dataset, const Carving& carving, absl::string_view field);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_CARVING_H_
