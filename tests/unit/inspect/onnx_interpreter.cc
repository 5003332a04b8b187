#include "tests/unit/inspect/onnx_interpreter.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <string>

#include "gtest/gtest.h"

namespace percept::inspect {
namespace {

template <typename T>
void AppendNumbers(const std::string& bytes, std::vector<double>& numbers) {
  for (size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
    T number;
    std::memcpy(&number, bytes.data() + at, sizeof number);
    numbers.push_back(static_cast<double>(number));
  }
}

Matrix MatrixOf(const onnx::TensorProto& tensor) {
  Matrix matrix;
  if (tensor.dims_size() > 0) matrix.columns = tensor.dims(tensor.dims_size() - 1);
  if (tensor.dims_size() > 1) matrix.rows = tensor.dims(0);
  if (tensor.data_type() == onnx::TensorProto::FLOAT) {
    AppendNumbers<float>(tensor.raw_data(), matrix.numbers);
  } else if (tensor.data_type() == onnx::TensorProto::DOUBLE) {
    AppendNumbers<double>(tensor.raw_data(), matrix.numbers);
  } else if (tensor.data_type() == onnx::TensorProto::INT64) {
    AppendNumbers<int64_t>(tensor.raw_data(), matrix.numbers);
  }
  EXPECT_EQ(static_cast<int64_t>(matrix.numbers.size()), matrix.rows * matrix.columns)
      << tensor.name();
  return matrix;
}

Matrix Map(Matrix x, const std::function<double(double)>& function) {
  for (double& number : x.numbers) number = function(number);
  return x;
}

// Element by element, where `b` may be one number for all.
Matrix Combine(Matrix a, const Matrix& b, const std::function<double(double, double)>& function) {
  for (size_t i = 0; i < a.numbers.size(); ++i) {
    a.numbers[i] = function(a.numbers[i], b.numbers[b.numbers.size() == 1 ? 0 : i]);
  }
  return a;
}

// x w^T + b
Matrix Linear(const Matrix& x, const Matrix& w, const Matrix& b) {
  Matrix y{x.rows, w.rows, {}};
  for (int64_t row = 0; row < x.rows; ++row) {
    for (int64_t o = 0; o < w.rows; ++o) {
      double sum = b.numbers[o];
      for (int64_t i = 0; i < x.columns; ++i) sum += x.at(row, i) * w.at(o, i);
      y.numbers.push_back(sum);
    }
  }
  return y;
}

// One number for each row of x.
Matrix TimesVector(const Matrix& x, const Matrix& vector) {
  Matrix products = Linear(x, vector, Matrix{1, 1, {0.0}});
  products.columns = products.rows;
  products.rows = 1;
  return products;
}

Matrix Softmax(const Matrix& x) {
  Matrix y = x;
  for (int64_t row = 0; row < x.rows; ++row) {
    double sum = 0.0;
    for (int64_t k = 0; k < x.columns; ++k) sum += std::exp(x.at(row, k));
    for (int64_t k = 0; k < x.columns; ++k) {
      y.numbers[row * x.columns + k] = std::exp(x.at(row, k)) / sum;
    }
  }
  return y;
}

Matrix OneHot(const Matrix& labels, const Matrix& classes, const Matrix& off_on) {
  Matrix y{labels.columns, static_cast<int64_t>(classes.numbers[0]), {}};
  for (const double label : labels.numbers) {
    for (int64_t k = 0; k < y.columns; ++k) {
      y.numbers.push_back(off_on.numbers[label == static_cast<double>(k) ? 1 : 0]);
    }
  }
  return y;
}

int64_t IntegerOf(const onnx::NodeProto& node, const std::string& name, int64_t otherwise) {
  for (const onnx::AttributeProto& attribute : node.attribute()) {
    if (attribute.name() == name) return attribute.i();
  }
  return otherwise;
}

Matrix Run(const onnx::NodeProto& node, const std::vector<Matrix>& x) {
  const std::string& operation = node.op_type();
  if (operation == "Constant") return MatrixOf(node.attribute(0).t());
  if (operation == "Gemm") {
    EXPECT_EQ(IntegerOf(node, "transB", 0), 1);
    return Linear(x[0], x[1], x[2]);
  }
  if (operation == "MatMul") return TimesVector(x[0], x[1]);
  if (operation == "OneHot") return OneHot(x[0], x[1], x[2]);
  if (operation == "Cast") return x[0];
  if (operation == "Softmax") {
    EXPECT_EQ(IntegerOf(node, "axis", -1), 1);
    return Softmax(x[0]);
  }
  if (operation == "Tanh") return Map(x[0], [](double v) { return std::tanh(v); });
  if (operation == "Sigmoid") return Map(x[0], [](double v) { return 1.0 / (1.0 + std::exp(-v)); });
  if (operation == "Relu") return Map(x[0], [](double v) { return std::max(v, 0.0); });
  if (operation == "Erf") return Map(x[0], [](double v) { return std::erf(v); });
  if (operation == "Add") return Combine(x[0], x[1], std::plus<double>());
  if (operation == "Mul") return Combine(x[0], x[1], std::multiplies<double>());
  if (operation == "Div") return Combine(x[0], x[1], std::divides<double>());
  if (operation == "GreaterOrEqual") return Combine(x[0], x[1], std::greater_equal<double>());
  ADD_FAILURE() << "unknown operator " << operation;
  return {};
}

}  // namespace

Matrix Interpret(const onnx::GraphProto& graph, const Matrix& input) {
  std::map<std::string, Matrix> values;
  values[graph.input(0).name()] = input;
  for (const onnx::TensorProto& tensor : graph.initializer()) {
    values[tensor.name()] = MatrixOf(tensor);
  }
  for (const onnx::NodeProto& node : graph.node()) {
    std::vector<Matrix> inputs;
    for (const std::string& name : node.input()) {
      EXPECT_EQ(values.count(name), 1u) << name << " is used before it is there";
      inputs.push_back(values[name]);
    }
    EXPECT_EQ(values.count(node.output(0)), 0u) << node.output(0) << " is given twice";
    values[node.output(0)] = Run(node, inputs);
  }
  return values[graph.output(0).name()];
}

}  // namespace percept::inspect
