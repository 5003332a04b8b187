#ifndef PERCEPT_SERVER_RPC_CONVERT_DEMO_H_
#define PERCEPT_SERVER_RPC_CONVERT_DEMO_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

#include "percept/v1/demo_service.pb.h"
#include "server/base/model_spec.h"
#include "server/data/dataset.h"
#include "server/inspect/demo/backprop_example.h"
#include "server/inspect/demo/demo_activation.h"
#include "server/inspect/demo/distributions.h"
#include "server/inspect/demo/gradient_flow.h"
#include "server/inspect/demo/manual_classifier.h"
#include "server/inspect/demo/scalar_descent.h"
#include "server/inspect/demo/schedule_curve.h"

// What demo_service.proto asks, checked and with its defaults filled in, and the answers. Requests
// that break rules are InvalidArgument with all violations at once.
namespace percept::rpc {

absl::StatusOr<inspect::ScalarDescentSpec> FromProto(const v1::OptimizeScalarRequest& request);
v1::OptimizeScalarResponse ToProto(const inspect::ScalarDescent& descent);

struct ActivationsQuestion {
  std::vector<inspect::DemoActivation> activations;
  std::vector<double> x;
};
absl::StatusOr<ActivationsQuestion> FromProto(const v1::CompareActivationsRequest& request);
v1::ActivationCurve ToProto(const inspect::ActivationCurve& curve);

// Ok where `p` and `q` are distributions over the same classes.
absl::Status CheckDistributions(const v1::CrossEntropyRequest& request);
v1::CrossEntropyResponse ToProto(const inspect::DistributionComparison& comparison);

absl::StatusOr<inspect::BackpropSpec> FromProto(const v1::BackpropExampleRequest& request);
v1::BackpropExampleResponse ToProto(const inspect::BackpropSpec& spec,
                                    const inspect::BackpropExample& example);

struct ScheduleQuestion {
  TrainingSpec training;
  int64_t last_step = 0;
  int32_t points = 0;
};
absl::StatusOr<ScheduleQuestion> FromProto(const v1::ScheduleRequest& request);
v1::ScheduleResponse ToProto(const inspect::ScheduleCurve& curve);

struct GradientFlowQuestion {
  std::vector<inspect::DemoActivation> activations;
  inspect::DeepNetwork network;
};
absl::StatusOr<GradientFlowQuestion> FromProto(const v1::GradientFlowRequest& request);

struct ManualClassifierQuestion {
  std::string dataset;  // Its id.
  data::SplitKind split = data::SplitKind::kTrain;
  inspect::Line line;
};
// Also PermissionDenied, with reason TEST_SPLIT_PROTECTED, for the test split.
absl::StatusOr<ManualClassifierQuestion> FromProto(const v1::ManualClassifierRequest& request);
v1::ManualClassifierResponse ToProto(const inspect::LineVerdict& verdict);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_CONVERT_DEMO_H_
