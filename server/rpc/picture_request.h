#ifndef PERCEPT_SERVER_RPC_PICTURE_REQUEST_H_
#define PERCEPT_SERVER_RPC_PICTURE_REQUEST_H_

#include <optional>

#include "absl/status/statusor.h"

#include "percept/v1/inspect_service.pb.h"
#include "server/data/dataset.h"
#include "server/inspect/image_input.h"

namespace percept::rpc {

// A client's picture as inputs of a model whose inputs are laid out as `shape`. FailedPrecondition
// where they are no picture; InvalidArgument naming the field, such as `image.data`.
absl::StatusOr<inspect::PreparedInput> PictureToAsk(const v1::InputImage& image,
                                                    std::optional<data::ImageShape> shape);

v1::ImagePreparation ToProto(const inspect::ImagePreparation& preparation);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_PICTURE_REQUEST_H_
