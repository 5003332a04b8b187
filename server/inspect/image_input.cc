#include "server/inspect/image_input.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "server/data/picture.h"

namespace percept::inspect {
namespace {

using data::BorderMedian;
using data::Picture;
using data::Window;

constexpr data::ImageShape kMnistShape = {28, 28, 1};
constexpr double kInkExtent = 5.0 / 7.0;  // Of the inputs' own.
// Ink whose size is within this of what it should be keeps it.
constexpr double kInkTolerance = 0.1;
// Of the lightest ink's distance from the ground, to be ink.
constexpr float kInkShare = 0.1f;
constexpr float kMiddleGrey = 0.5f;
constexpr float kFullInk = 0.9f;
// Beside the rounding of sums, which would move some of MNIST's own by a pixel.
constexpr double kMassTolerance = 1e-9;

// Rows [top, bottom) and columns [left, right).
struct Box {
  int64_t top = 0;
  int64_t left = 0;
  int64_t bottom = 0;
  int64_t right = 0;
};

bool IsToBeInverted(const Picture& picture, const PrepareOptions& options) {
  if (options.invert != InvertChoice::kAuto) return options.invert == InvertChoice::kYes;
  return picture.channels == 1 &&
         (BorderMedian(picture, 0) > kMiddleGrey) != (options.data_border > kMiddleGrey);
}

void Invert(std::vector<float>& values) {
  for (float& value : values) value = 1.0f - value;
}

// The largest rectangle of the inputs' proportions in the middle, of whole pixels.
Window MiddleWindow(const Picture& picture, const data::ImageShape& shape) {
  const auto height = static_cast<double>(picture.height);
  const auto width = static_cast<double>(picture.width);
  const double scale = std::max(shape.height / height, shape.width / width);
  const double taken_height = std::clamp(std::round(shape.height / scale), 1.0, height);
  const double taken_width = std::clamp(std::round(shape.width / scale), 1.0, width);
  return {std::floor((height - taken_height) / 2), std::floor((width - taken_width) / 2),
          taken_height, taken_width};
}

// What is darker than the ground becomes black, as the ground does.
void Stretch(Picture& picture, float ground, float lightest) {
  for (float& value : picture.values)
    value = std::clamp((value - ground) / (lightest - ground), 0.0f, 1.0f);
}

Box InkBox(const Picture& picture) {
  Box box = {picture.height, picture.width, 0, 0};
  for (int64_t row = 0; row < picture.height; ++row) {
    for (int64_t column = 0; column < picture.width; ++column) {
      if (!(picture.at(row, column) > kInkShare)) continue;
      box.top = std::min(box.top, row);
      box.bottom = row + 1;
      box.left = std::min(box.left, column);
      box.right = std::max(box.right, column + 1);
    }
  }
  return box;
}

// Length of a pixel of the source in the inputs.
double ScaleFor(const Box& box, const data::ImageShape& shape) {
  const double scale =
      std::min(kInkExtent * shape.height / static_cast<double>(box.bottom - box.top),
               kInkExtent * shape.width / static_cast<double>(box.right - box.left));
  return std::abs(scale - 1.0) <= kInkTolerance ? 1.0 : scale;
}

// By how many whole pixels the centre of mass lies past the middle, as MNIST has it: in the pixel
// right below and right of the very middle.
std::pair<int64_t, int64_t> MassOffset(const Picture& picture) {
  double mass = 0.0;
  double row_moment = 0.0;
  double column_moment = 0.0;
  for (int64_t row = 0; row < picture.height; ++row) {
    for (int64_t column = 0; column < picture.width; ++column) {
      const double value = picture.at(row, column);
      mass += value;
      row_moment += value * (static_cast<double>(row) + 0.5);
      column_moment += value * (static_cast<double>(column) + 0.5);
    }
  }
  if (mass <= 0.0) return {0, 0};
  const auto offset = [mass](double moment, int64_t size) {
    return static_cast<int64_t>(std::floor(moment / mass + kMassTolerance)) - size / 2;
  };
  return {offset(row_moment, picture.height), offset(column_moment, picture.width)};
}

// Where the ink's centre of mass lies in the middle. Nothing of the picture is cut off but what
// comes to lie outside.
Window InkWindow(const Picture& picture, const data::ImageShape& shape) {
  const Box box = InkBox(picture);
  const double scale = ScaleFor(box, shape);
  Window window = {.height = shape.height / scale, .width = shape.width / scale};
  // At its own size, moved by whole pixels alone.
  const auto middle = [scale](int64_t begin, int64_t end, double length) {
    const double at = static_cast<double>(begin + end) / 2 - length / 2;
    return scale == 1.0 ? std::floor(at) : at;
  };
  window.top = middle(box.top, box.bottom, window.height);
  window.left = middle(box.left, box.right, window.width);
  const auto [below, right] = MassOffset(data::Resample(picture, window, shape, {0.0f}));
  window.top += static_cast<double>(below) / scale;
  window.left += static_cast<double>(right) / scale;
  return window;
}

std::string Grey(float value) { return absl::StrFormat("%.2g", value); }

// Puts the ink on black and says so; false where there is none.
bool IsolateInk(Picture& picture, std::vector<std::string>& steps) {
  const float ground = BorderMedian(picture, 0);
  const float lightest = *std::max_element(picture.values.begin(), picture.values.end());
  if (lightest <= ground) {
    steps.push_back("found no ink that stands out from the ground");
    return false;
  }
  if (ground > 0.0f || lightest < kFullInk) {
    Stretch(picture, ground, lightest);
    steps.push_back(absl::StrCat("stretched from ", Grey(ground), "…", Grey(lightest), " to 0…1"));
  }
  return true;
}

// The whole pixels of the picture that the window touches.
void SetPart(const Picture& picture, const Window& window, ImagePreparation& done) {
  const auto within = [](double place, int64_t size) {
    return static_cast<int32_t>(std::clamp(place, 0.0, static_cast<double>(size)));
  };
  done.top = within(std::floor(window.top), picture.height);
  done.left = within(std::floor(window.left), picture.width);
  done.height = within(std::ceil(window.top + window.height), picture.height) - done.top;
  done.width = within(std::ceil(window.left + window.width), picture.width) - done.left;
}

std::vector<float> Show(const Picture& picture, const Window& window,
                        const data::ImageShape& shape) {
  const std::vector<float> black(static_cast<size_t>(shape.channels));
  return data::Resample(picture, window, shape, black).values;
}

std::string SizeText(int64_t width, int64_t height) { return absl::StrCat(width, " x ", height); }

// What the window does, in words.
std::string FramingStep(const ImagePreparation& done, const Window& window,
                        const data::ImageShape& shape) {
  const std::string size = SizeText(shape.width, shape.height);
  if (done.framing == ImageFraming::kContent) {
    const double scale = shape.width / window.width;
    const std::string scaled = scale == 1.0
                                   ? "left the ink its size, and "
                                   : absl::StrFormat("scaled the ink by %.3g, and ", scale);
    return absl::StrCat(scaled, "put its centre of mass into the centre of ", size);
  }
  if (done.width == shape.width && done.height == shape.height && done.source.width == done.width &&
      done.source.height == done.height) {
    return absl::StrCat("left the ", size, " pixels as they are");
  }
  return absl::StrCat("scaled the ", SizeText(done.width, done.height), " pixels in the middle to ",
                      size);
}

std::vector<float> FrameInk(Picture& picture, const data::ImageShape& shape, bool ink_is_dark,
                            ImagePreparation& done) {
  // All that follows is about light ink.
  if (ink_is_dark) Invert(picture.values);
  const bool has_ink = IsolateInk(picture, done.steps);
  const Window window = has_ink ? InkWindow(picture, shape) : MiddleWindow(picture, shape);
  SetPart(picture, window, done);
  std::vector<float> inputs(static_cast<size_t>(shape.height) * static_cast<size_t>(shape.width));
  if (has_ink) {
    done.steps.push_back(FramingStep(done, window, shape));
    inputs = Show(picture, window, shape);
  }
  if (ink_is_dark) Invert(inputs);
  return inputs;
}

}  // namespace

PreparedInput PrepareInput(const data::Image& image, const data::ImageShape& shape,
                           const PrepareOptions& options) {
  PreparedInput prepared;
  ImagePreparation& done = prepared.preparation;
  done.source = image.shape;
  done.colours_changed = shape.channels != image.shape.channels;
  if (done.colours_changed) {
    done.steps.push_back(shape.channels == 1 ? "made the colours grey"
                                             : "gave the grey to all three channels");
  }
  Picture picture = data::ToPicture(image, shape.channels);
  done.inverted = IsToBeInverted(picture, options);
  if (done.inverted) {
    Invert(picture.values);
    done.steps.push_back("turned light and dark about");
  }
  done.framing = options.framing != ImageFraming::kAuto ? options.framing
                 : shape == kMnistShape                 ? ImageFraming::kContent
                                                        : ImageFraming::kCrop;
  if (done.framing == ImageFraming::kContent) {
    prepared.inputs = FrameInk(picture, shape, options.data_border > kMiddleGrey, done);
  } else {
    const Window window = MiddleWindow(picture, shape);
    SetPart(picture, window, done);
    done.steps.push_back(FramingStep(done, window, shape));
    prepared.inputs = Show(picture, window, shape);
  }
  return prepared;
}

}  // namespace percept::inspect
