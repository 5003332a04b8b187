#ifndef PERCEPT_TESTS_INTEGRATION_INSPECT_FIXTURE_H_
#define PERCEPT_TESTS_INTEGRATION_INSPECT_FIXTURE_H_

#include <string>
#include <vector>

#include "tests/integration/server_fixture.h"
#include "tests/unit/ml/oracle.h"

namespace percept::testing {

// A server with trained models to put questions to.
class InspectFixture : public ServerFixture {
 protected:
  // The notebook's network on `xor`, made on first use, trained a little.
  const Run& Xor();
  // A model of each kind on small data of two inputs (the perceptron's with its bias column).
  const Run& Perceptron();
  const Run& Multiperceptron();
  // 784-16-10, one epoch.
  const Run& Digits();

  // `jobs/{job}/snapshots/last`.
  static std::string Last(const Run& run);

  // The parameters of a snapshot as numbers, all tensors one after the other.
  std::vector<float> ParametersOf(const std::string& snapshot);
  // A snapshot of a multiperceptron or an MLP in plain loops.
  ml::oracle::Network OracleOf(const Run& run, const std::string& snapshot);

 private:
  Run xor_;
  Run perceptron_;
  Run multiperceptron_;
  Run digits_;
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_INTEGRATION_INSPECT_FIXTURE_H_
