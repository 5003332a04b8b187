#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include <onnx/onnx_pb.h>

#include "server/inspect/export/export.h"
#include "server/inspect/export/tensors.h"

namespace percept::inspect {
namespace {

constexpr int64_t kIrVersion = 8;
constexpr int64_t kOpset = 17;
constexpr absl::string_view kInputs = "inputs";
constexpr absl::string_view kProbabilities = "probabilities";

// Adds nodes to a graph in the order of their work. Each node gives one value, which is called as
// the node is; the functions return that name.
class GraphBuilder {
 public:
  explicit GraphBuilder(onnx::GraphProto& graph) : graph_(graph) {}

  std::string Add(absl::string_view operation, absl::string_view name,
                  const std::vector<std::string>& inputs) {
    onnx::NodeProto& node = *graph_.add_node();
    node.set_op_type(std::string(operation));
    node.set_name(std::string(name));
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(node.name());
    return node.name();
  }

  // Gives the node that was added last a number.
  void SetAttribute(absl::string_view attribute, int64_t value) {
    NewAttribute(attribute, onnx::AttributeProto::INT).set_i(value);
  }

  // A number, as a value without dimensions.
  template <typename T>
  std::string AddScalar(absl::string_view name, onnx::TensorProto::DataType type, T value) {
    AddConstant(name, type, &value, sizeof value);
    return std::string(name);
  }

  // Numbers of type float32 in a row.
  std::string AddVector(absl::string_view name, const std::vector<float>& values) {
    AddConstant(name, onnx::TensorProto::FLOAT, values.data(), values.size() * sizeof(float))
        .add_dims(static_cast<int64_t>(values.size()));
    return std::string(name);
  }

 private:
  onnx::TensorProto& AddConstant(absl::string_view name, onnx::TensorProto::DataType type,
                                 const void* numbers, size_t size_bytes) {
    Add("Constant", name, {});
    onnx::TensorProto& tensor = *NewAttribute("value", onnx::AttributeProto::TENSOR).mutable_t();
    tensor.set_data_type(type);
    tensor.set_raw_data(numbers, size_bytes);
    return tensor;
  }

  onnx::AttributeProto& NewAttribute(absl::string_view name,
                                     onnx::AttributeProto::AttributeType type) {
    onnx::AttributeProto& attribute = *graph_.mutable_node(graph_.node_size() - 1)->add_attribute();
    attribute.set_name(std::string(name));
    attribute.set_type(type);
    return attribute;
  }

  onnx::GraphProto& graph_;
};

// A value [N, width] of float32 that a graph takes in or gives out.
void Declare(onnx::ValueInfoProto& value, absl::string_view name, int64_t width) {
  value.set_name(std::string(name));
  onnx::TypeProto::Tensor& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("N");
  type.mutable_shape()->add_dim()->set_dim_value(width);
}

void Fill(onnx::TensorProto& initializer, const TensorBytes& tensor) {
  initializer.set_name(tensor.info.name);
  initializer.set_data_type(tensor.info.is_float32() ? onnx::TensorProto::FLOAT
                                                     : onnx::TensorProto::DOUBLE);
  for (const int64_t extent : tensor.info.shape) initializer.add_dims(extent);
  initializer.set_raw_data(tensor.bytes.data(), tensor.bytes.size());
}

// x / 2 * (1 + erf(x / sqrt(2)))
std::string AddGelu(GraphBuilder& builder, const std::string& name, const std::string& x) {
  const auto scalar = [&](absl::string_view part, double value) {
    return builder.AddScalar(absl::StrCat(name, ".", part), onnx::TensorProto::FLOAT,
                             static_cast<float>(value));
  };
  const auto add = [&](absl::string_view operation, absl::string_view part, const std::string& a,
                       const std::string& b) {
    return builder.Add(operation, absl::StrCat(name, ".", part), {a, b});
  };
  const std::string ratio = add("Div", "ratio", x, scalar("sqrt2", std::sqrt(2.0)));
  const std::string erf = builder.Add("Erf", absl::StrCat(name, ".erf"), {ratio});
  const std::string sum = add("Add", "sum", erf, scalar("one", 1.0));
  const std::string half = add("Div", "half", x, scalar("two", 2.0));
  return builder.Add("Mul", name, {half, sum});
}

std::string AddActivation(GraphBuilder& builder, Activation activation, const std::string& name,
                          const std::string& x) {
  switch (activation) {
    case Activation::kTanh:
      return builder.Add("Tanh", name, {x});
    case Activation::kSigmoid:
      return builder.Add("Sigmoid", name, {x});
    case Activation::kRelu:
      return builder.Add("Relu", name, {x});
    case Activation::kGelu:
      return AddGelu(builder, name, x);
  }
  return x;
}

// Layers of weights and biases, activations after all but the last, then softmax. The
// multiperceptron has one layer, and tanh before its softmax.
void AddNetwork(GraphBuilder& builder, const ModelSpec& spec) {
  const size_t layers = spec.kind == ModelKind::kMlp ? spec.hidden_units.size() + 1 : 1;
  std::string x(kInputs);
  for (size_t l = 0; l < layers; ++l) {
    const std::string linear = absl::StrCat("linear", l);
    x = builder.Add("Gemm", linear,
                    {x, absl::StrCat(linear, ".weight"), absl::StrCat(linear, ".bias")});
    builder.SetAttribute("transB", 1);
    if (l + 1 < layers) {
      x = AddActivation(builder, spec.activation, absl::StrCat("hidden", l), x);
    }
  }
  if (spec.kind == ModelKind::kMultiperceptron) x = builder.Add("Tanh", "tanh0", {x});
  builder.Add("Softmax", kProbabilities, {x});
  builder.SetAttribute("axis", 1);
}

// In float64: class 1 where w x >= 0, else class 0.
void AddPerceptron(GraphBuilder& builder) {
  const std::string x = builder.Add("Cast", "inputs64", {std::string(kInputs)});
  builder.SetAttribute("to", onnx::TensorProto::DOUBLE);
  const std::string score = builder.Add("MatMul", "score", {x, "weight"});
  const std::string zero = builder.AddScalar("zero", onnx::TensorProto::DOUBLE, 0.0);
  const std::string is_positive = builder.Add("GreaterOrEqual", "is_positive", {score, zero});
  const std::string label = builder.Add("Cast", "label", {is_positive});
  builder.SetAttribute("to", onnx::TensorProto::INT64);
  const std::string classes = builder.AddScalar("classes", onnx::TensorProto::INT64, int64_t{2});
  const std::string off_on = builder.AddVector("off_on", {0.0f, 1.0f});
  builder.Add("OneHot", kProbabilities, {label, classes, off_on});
}

absl::string_view GraphName(ModelKind kind) {
  switch (kind) {
    case ModelKind::kPerceptron:
      return "perceptron";
    case ModelKind::kMultiperceptron:
      return "multiperceptron";
    case ModelKind::kMlp:
      return "mlp";
  }
  return "";
}

}  // namespace

absl::StatusOr<std::string> ExportOnnx(const TrainedModel& model) {
  const absl::StatusOr<std::vector<TensorBytes>> tensors = TensorsOf(model);
  if (!tensors.ok()) return tensors.status();

  onnx::ModelProto file;
  file.set_ir_version(kIrVersion);
  file.set_producer_name("percept");
  file.add_opset_import()->set_version(kOpset);
  onnx::GraphProto& graph = *file.mutable_graph();
  graph.set_name(std::string(GraphName(model.spec.kind)));

  const bool is_perceptron = model.spec.kind == ModelKind::kPerceptron;
  Declare(*graph.add_input(), kInputs, model.shape.inputs);
  Declare(*graph.add_output(), kProbabilities, is_perceptron ? 2 : model.shape.classes);
  for (const TensorBytes& tensor : *tensors) Fill(*graph.add_initializer(), tensor);
  GraphBuilder builder(graph);
  if (is_perceptron) {
    AddPerceptron(builder);
  } else {
    AddNetwork(builder, model.spec);
  }
  return file.SerializeAsString();
}

}  // namespace percept::inspect
