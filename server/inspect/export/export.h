#ifndef PERCEPT_SERVER_INSPECT_EXPORT_EXPORT_H_
#define PERCEPT_SERVER_INSPECT_EXPORT_EXPORT_H_

#include <string>

#include "absl/status/statusor.h"

#include "server/inspect/trained_model.h"

// A model as a file for other programs. Tensors have PyTorch's names and shapes.
namespace percept::inspect {

// https://huggingface.co/docs/safetensors: the length of a JSON header, the header, the numbers.
absl::StatusOr<std::string> ExportSafetensors(const TrainedModel& model);

// NumPy's archive, one array per tensor.
absl::StatusOr<std::string> ExportNpz(const TrainedModel& model);

// ONNX with IR version 8 and opset 17. Input `inputs`, float32 [N, D]; output `probabilities`,
// float32 [N, K]. The tensors are its initialisers. The perceptron, which knows no probabilities,
// gives 0 and 1: [N, 2].
absl::StatusOr<std::string> ExportOnnx(const TrainedModel& model);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_EXPORT_EXPORT_H_
