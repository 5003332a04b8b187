#include "server/rpc/picture_request.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/data/readers/image_reader.h"
#include "server/rpc/convert_dataset.h"

namespace percept::rpc {
namespace {

inspect::InvertChoice InversionOf(const v1::InputImage& image) {
  if (image.inversion() == v1::IMAGE_INVERSION_AUTOMATIC) return inspect::InvertChoice::kAuto;
  return image.invert() ? inspect::InvertChoice::kYes : inspect::InvertChoice::kNo;
}

inspect::FramingChoice FramingOf(v1::ImageFraming framing) {
  switch (framing) {
    case v1::IMAGE_FRAMING_CROP:
      return inspect::FramingChoice::kCrop;
    case v1::IMAGE_FRAMING_CONTENT:
      return inspect::FramingChoice::kContent;
    case v1::IMAGE_FRAMING_WHOLE:
      return inspect::FramingChoice::kWhole;
    default:
      return inspect::FramingChoice::kAuto;
  }
}

v1::ImageFraming ToProto(inspect::ImagePreparation::Fit fit) {
  switch (fit) {
    case inspect::ImagePreparation::Fit::kScaled:
      return v1::IMAGE_FRAMING_WHOLE;
    case inspect::ImagePreparation::Fit::kCropped:
      return v1::IMAGE_FRAMING_CROP;
    case inspect::ImagePreparation::Fit::kCentred:
      return v1::IMAGE_FRAMING_CONTENT;
  }
  return v1::IMAGE_FRAMING_UNSPECIFIED;
}

absl::Status CheckChoices(const v1::InputImage& image, const data::ImageShape& shape) {
  FieldViolations violations;
  if (!v1::ImageInversion_IsValid(image.inversion())) {
    violations.Add("image.inversion", "must be one of the enumeration's values",
                   static_cast<int>(image.inversion()));
  } else if (image.invert() && image.inversion() != v1::IMAGE_INVERSION_UNSPECIFIED) {
    violations.Add("image.invert", "must be unset with image.inversion", "both");
  }
  if (!v1::ImageFraming_IsValid(image.framing())) {
    violations.Add("image.framing", "must be one of the enumeration's values",
                   static_cast<int>(image.framing()));
  } else if (image.framing() == v1::IMAGE_FRAMING_CONTENT && shape.channels != 1) {
    violations.Add("image.framing", "must be another one where the inputs have colours",
                   "IMAGE_FRAMING_CONTENT");
  }
  return violations.ToStatus();
}

}  // namespace

absl::StatusOr<inspect::PreparedInput> PictureToAsk(const v1::InputImage& image,
                                                    std::optional<data::ImageShape> shape) {
  if (!shape.has_value()) {
    return absl::FailedPreconditionError("image: the model's inputs are no picture; send values");
  }
  PERCEPT_RETURN_IF_ERROR(CheckChoices(image, *shape));
  const absl::StatusOr<data::Image> read = data::ReadImage(image.data());
  if (!read.ok()) {
    if (!absl::IsInvalidArgument(read.status())) return Annotate(read.status(), "image.data");
    FieldViolations violations;
    violations.Add("image.data", read.status().message());
    return violations.ToStatus();
  }
  return inspect::PrepareInput(*read, *shape, InversionOf(image), FramingOf(image.framing()));
}

v1::ImagePreparation ToProto(const inspect::ImagePreparation& preparation) {
  v1::ImagePreparation proto;
  *proto.mutable_source() = ToProto(preparation.from);
  proto.set_colours_changed(preparation.made_grey || preparation.made_colour);
  proto.set_inverted(preparation.inverted);
  proto.set_framing(ToProto(preparation.fit));
  const auto pixels = [](double length) { return static_cast<int32_t>(std::lround(length)); };
  proto.set_left(pixels(preparation.left));
  proto.set_top(pixels(preparation.top));
  proto.set_width(pixels(preparation.to.width / preparation.scale));
  proto.set_height(pixels(preparation.to.height / preparation.scale));
  for (std::string& step : preparation.Steps()) proto.add_steps(std::move(step));
  proto.set_stretched(preparation.stretched);
  return proto;
}

}  // namespace percept::rpc
