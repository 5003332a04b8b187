#ifndef PERCEPT_SERVER_RPC_INSPECT_ANSWERS_H_
#define PERCEPT_SERVER_RPC_INSPECT_ANSWERS_H_

#include "absl/status/statusor.h"

#include "percept/v1/inspect_service.pb.h"
#include "server/data/repositories.h"
#include "server/rpc/inspect_subject.h"
#include "server/rpc/unary.h"
#include "server/storage/records.h"

// What InspectService answers, from what it found: checks, asks server/inspect, converts. Rules,
// defaults and errors are those of inspect_service.proto; Cancelled where `goes_on` ended it.
namespace percept::rpc {

absl::StatusOr<v1::PredictResponse> Answer(const v1::PredictRequest& request,
                                           const InspectSubject& subject, GoesOn goes_on);
absl::StatusOr<v1::DecisionGridResponse> Answer(const v1::DecisionGridRequest& request,
                                                const InspectSubject& subject, GoesOn goes_on);
absl::StatusOr<v1::LatentResponse> Answer(const v1::LatentRequest& request,
                                          const InspectSubject& subject, GoesOn goes_on);
absl::StatusOr<v1::WeightImagesResponse> Answer(const v1::WeightImagesRequest& request,
                                                const InspectSubject& subject, GoesOn goes_on);
absl::StatusOr<v1::BatchResponse> Answer(const v1::BatchRequest& request,
                                         const InspectSubject& subject, GoesOn goes_on);
absl::StatusOr<v1::ConfusionMatrixResponse> Answer(const v1::ConfusionMatrixRequest& request,
                                                   const InspectSubject& subject, GoesOn goes_on);

// Of a job, or of one that would be made.
v1::CapacityResponse CapacityToProto(const storage::JobRecord& job,
                                     const data::DatasetRecord& dataset);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_INSPECT_ANSWERS_H_
