#ifndef PERCEPT_TESTS_UNIT_INSPECT_ONNX_INTERPRETER_H_
#define PERCEPT_TESTS_UNIT_INSPECT_ONNX_INTERPRETER_H_

#include <cstdint>
#include <vector>

#include <onnx/onnx_pb.h>

namespace percept::inspect {

// Rows of numbers; a vector is one row, a number one row of one.
struct Matrix {
  int64_t rows = 1;
  int64_t columns = 1;
  std::vector<double> numbers;

  double at(int64_t row, int64_t column) const { return numbers[row * columns + column]; }
};

// What a graph of one input gives out, computed in double by plain loops after the definitions of
// the operators. Knows those of our exports alone; fails the test at another.
Matrix Interpret(const onnx::GraphProto& graph, const Matrix& input);

}  // namespace percept::inspect

#endif  // PERCEPT_TESTS_UNIT_INSPECT_ONNX_INTERPRETER_H_
