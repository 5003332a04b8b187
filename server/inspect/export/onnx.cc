#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "onnx/onnx_pb.h"
#include "server/inspect/export/export.h"
#include "server/inspect/export/tensors.h"

namespace percept::inspect {
namespace {

constexpr int64_t kIrVersion = 8;
constexpr int64_t kOpset = 17;
constexpr char kInputs[] = "inputs";
constexpr char kProbabilities[] = "probabilities";

// A graph whose nodes are added in the order of their work. Each gives one value, called after the
// node; the functions return that name.
class GraphBuilder {
 public:
  GraphBuilder(onnx::GraphProto& graph, absl::string_view name) : graph_(graph) {
    graph_.set_name(std::string(name));
  }

  // Declares a value [N, width] of float32 that the graph takes in or gives out.
  static void Declare(onnx::ValueInfoProto& value, absl::string_view name, int64_t width) {
    value.set_name(std::string(name));
    onnx::TypeProto::Tensor& type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    type.mutable_shape()->add_dim()->set_dim_param("N");
    type.mutable_shape()->add_dim()->set_dim_value(width);
  }

  void AddInitializer(const TensorBytes& tensor) {
    onnx::TensorProto& initializer = *graph_.add_initializer();
    initializer.set_name(tensor.info.name);
    initializer.set_data_type(tensor.info.is_float32() ? onnx::TensorProto::FLOAT
                                                       : onnx::TensorProto::DOUBLE);
    for (const int64_t extent : tensor.info.shape) initializer.add_dims(extent);
    initializer.set_raw_data(std::string(tensor.bytes));
  }

  std::string Add(absl::string_view operation, absl::string_view name,
                  const std::vector<std::string>& inputs) {
    onnx::NodeProto& node = *graph_.add_node();
    node.set_op_type(std::string(operation));
    node.set_name(std::string(name));
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(std::string(name));
    return std::string(name);
  }

  // Gives the node that was added last an attribute.
  void SetAttribute(absl::string_view name, int64_t value) {
    onnx::AttributeProto& attribute = NewAttribute(name, onnx::AttributeProto::INT);
    attribute.set_i(value);
  }

  // Numbers of type T: one without dimensions, or a vector where `is_vector`.
  template <typename T>
  std::string AddConstant(absl::string_view name, onnx::TensorProto::DataType type,
                          const std::vector<T>& values, bool is_vector) {
    Add("Constant", name, {});
    onnx::TensorProto& tensor = *NewAttribute("value", onnx::AttributeProto::TENSOR).mutable_t();
    tensor.set_data_type(type);
    if (is_vector) tensor.add_dims(static_cast<int64_t>(values.size()));
    tensor.set_raw_data(values.data(), values.size() * sizeof(T));
    return std::string(name);
  }

 private:
  onnx::AttributeProto& NewAttribute(absl::string_view name,
                                     onnx::AttributeProto::AttributeType type) {
    onnx::AttributeProto& attribute = *graph_.mutable_node(graph_.node_size() - 1)->add_attribute();
    attribute.set_name(std::string(name));
    attribute.set_type(type);
    return attribute;
  }

  onnx::GraphProto& graph_;
};

}  // namespace

absl::StatusOr<std::string> ExportOnnx(const TrainedModel& model) {
  const absl::StatusOr<std::vector<TensorBytes>> tensors = TensorsOf(model);
  if (!tensors.ok()) return tensors.status();
  return std::string();
}

}  // namespace percept::inspect
