#ifndef PERCEPT_TESTS_UNIT_INSPECT_ORACLES_H_
#define PERCEPT_TESTS_UNIT_INSPECT_ORACLES_H_

#include <vector>

#include "server/inspect/trained_model.h"
#include "tests/unit/ml/oracle.h"

namespace percept::inspect {

// The plain-loop oracle of a multiperceptron or an MLP.
inline ml::oracle::Network OracleOf(const TrainedModel& model) {
  std::vector<int> widths = {model.shape.inputs};
  widths.insert(widths.end(), model.spec.hidden_units.begin(), model.spec.hidden_units.end());
  widths.push_back(model.shape.classes);
  return ml::oracle::Network(model.spec.activation, model.spec.kind == ModelKind::kMultiperceptron,
                             widths, {model.parameters->begin(), model.parameters->end()});
}

}  // namespace percept::inspect

#endif  // PERCEPT_TESTS_UNIT_INSPECT_ORACLES_H_
