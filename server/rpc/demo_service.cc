#include "server/rpc/demo_service.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/inspect/demo/image_structure.h"
#include "server/rpc/convert_demo.h"
#include "server/rpc/unary.h"

namespace percept::rpc {
namespace {

constexpr int64_t kMaxWrongIndices = 10'000;

std::string ToBytes(const std::vector<uint8_t>& pixels) { return {pixels.begin(), pixels.end()}; }

absl::StatusOr<data::Image> OwnPicture(const data::Photographs& photographs,
                                       const v1::ImageStructureRequest& request) {
  FieldViolations violations;
  if (!request.photograph().empty()) {
    violations.Add("photograph", "must be unset with picture", request.photograph());
    return violations.ToStatus();
  }
  absl::StatusOr<data::Image> image = photographs.Show(request.picture());
  if (!absl::IsInvalidArgument(image.status())) return image;
  violations.Add("picture", image.status().message());
  return violations.ToStatus();
}

}  // namespace

grpc::ServerUnaryReactor* DemoService::OptimizeScalar(grpc::CallbackServerContext* context,
                                                      const v1::OptimizeScalarRequest* request,
                                                      v1::OptimizeScalarResponse* response) {
  return AnswerOn(pool_, context, [request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const inspect::ScalarDescentSpec spec, FromProto(*request));
    *response = ToProto(inspect::DescendScalar(spec));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DemoService::CompareActivations(
    grpc::CallbackServerContext* context, const v1::CompareActivationsRequest* request,
    v1::CompareActivationsResponse* response) {
  return AnswerOn(pool_, context, [request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const ActivationsQuestion question, FromProto(*request));
    response->mutable_x()->Add(question.x.begin(), question.x.end());
    for (const inspect::DemoActivation activation : question.activations)
      *response->add_curves() = ToProto(inspect::SampleActivation(activation, question.x));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DemoService::CrossEntropy(grpc::CallbackServerContext* context,
                                                    const v1::CrossEntropyRequest* request,
                                                    v1::CrossEntropyResponse* response) {
  return AnswerOn(pool_, context, [request, response]() -> absl::Status {
    PERCEPT_RETURN_IF_ERROR(CheckDistributions(*request));
    *response = ToProto(inspect::CompareDistributions(request->p(), request->q()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DemoService::BackpropExample(grpc::CallbackServerContext* context,
                                                       const v1::BackpropExampleRequest* request,
                                                       v1::BackpropExampleResponse* response) {
  return AnswerOn(pool_, context, [request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const inspect::BackpropSpec spec, FromProto(*request));
    *response = ToProto(spec, inspect::WorkBackprop(spec));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DemoService::Schedule(grpc::CallbackServerContext* context,
                                                const v1::ScheduleRequest* request,
                                                v1::ScheduleResponse* response) {
  return AnswerOn(pool_, context, [request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const ScheduleQuestion question, FromProto(*request));
    PERCEPT_ASSIGN_OR_RETURN(
        const inspect::ScheduleCurve curve,
        inspect::SampleSchedule(question.training, question.last_step, question.points));
    *response = ToProto(curve);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DemoService::GradientFlow(grpc::CallbackServerContext* context,
                                                    const v1::GradientFlowRequest* request,
                                                    v1::GradientFlowResponse* response) {
  return AnswerWhileAsked(work_pool_, context, [=](GoesOn goes_on) -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const GradientFlowQuestion question, FromProto(*request));
    for (const inspect::DemoActivation activation : question.activations) {
      PERCEPT_ASSIGN_OR_RETURN(const std::vector<double> norms,
                               inspect::GradientNorms(question.network, activation, goes_on));
      v1::GradientFlowCurve* curve = response->add_curves();
      curve->set_activation(static_cast<v1::DemoActivation>(activation));
      curve->mutable_gradient_norms()->Add(norms.begin(), norms.end());
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DemoService::ImageStructure(grpc::CallbackServerContext* context,
                                                      const v1::ImageStructureRequest* request,
                                                      v1::ImageStructureResponse* response) {
  return AnswerOn(work_pool_, context, [this, request, response]() -> absl::Status {
    absl::StatusOr<std::vector<std::string>> names = photographs_->Names();
    const bool is_own = request->has_picture();
    if (is_own && absl::IsFailedPrecondition(names.status())) names.emplace();
    if (!names.ok()) return names.status();
    std::string name = is_own ? "" : request->photograph();
    data::Photograph photograph;
    if (is_own) {
      PERCEPT_ASSIGN_OR_RETURN(photograph.image, OwnPicture(*photographs_, *request));
    } else {
      if (name.empty()) name = names->front();
      PERCEPT_ASSIGN_OR_RETURN(photograph, photographs_->Read(name));
    }
    const data::Image& image = photograph.image;
    response->mutable_shape()->set_height(image.shape.height);
    response->mutable_shape()->set_width(image.shape.width);
    response->mutable_shape()->set_channels(image.shape.channels);
    response->set_random_pixels(
        ToBytes(inspect::RandomPixels(image.pixels.size(), request->seed())));
    response->set_photograph_pixels(ToBytes(image.pixels));
    response->set_shuffled_pixels(ToBytes(inspect::ShuffledPixels(image.pixels, request->seed())));
    response->set_photograph(std::move(name));
    response->set_attribution(std::move(photograph.attribution));
    response->mutable_photographs()->Add(names->begin(), names->end());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* DemoService::ManualClassifier(grpc::CallbackServerContext* context,
                                                        const v1::ManualClassifierRequest* request,
                                                        v1::ManualClassifierResponse* response) {
  return AnswerOn(work_pool_, context, [this, request, response]() -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const ManualClassifierQuestion question, FromProto(*request));
    PERCEPT_ASSIGN_OR_RETURN(const std::shared_ptr<const data::Dataset> dataset,
                             catalogue_->Load(question.dataset));
    const absl::StatusOr<inspect::LineVerdict> verdict =
        inspect::ClassifyByLine(*dataset, question.split, question.line, kMaxWrongIndices);
    if (!verdict.ok()) return Annotate(verdict.status(), request->dataset());
    *response = ToProto(*verdict);
    return absl::OkStatus();
  });
}

}  // namespace percept::rpc
