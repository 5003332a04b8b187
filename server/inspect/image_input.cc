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
using data::Resample;
using data::Window;

constexpr data::ImageShape kMnistShape = {28, 28, 1};
constexpr double kMnistInk = 20.0;  // Side of the square that a digit's ink fills.
constexpr double kInkShare = 0.1;   // Of the lightest ink's distance from the ground, to be ink.
// A digit whose longer side lies this near to kMnistInk keeps its size.
constexpr int64_t kInkTolerance = 2;
constexpr float kLightBorder = 0.5f;
constexpr float kFullInk = 0.9f;

// Rows [top, bottom) and columns [left, right).
struct Box {
  int64_t top = 0;
  int64_t left = 0;
  int64_t bottom = 0;
  int64_t right = 0;

  int64_t longer_side() const { return std::max(bottom - top, right - left); }
};

std::vector<float> Grounds(const Picture& picture) {
  std::vector<float> grounds;
  for (int64_t channel = 0; channel < picture.channels; ++channel)
    grounds.push_back(BorderMedian(picture, channel));
  return grounds;
}

bool IsToBeInverted(const Picture& picture, InvertChoice choice) {
  if (choice != InvertChoice::kAuto) return choice == InvertChoice::kYes;
  return picture.channels == 1 && BorderMedian(picture, 0) > kLightBorder;
}

// The whole picture, in the middle.
Window WholeWindow(const Picture& picture, const data::ImageShape& shape) {
  const auto height = static_cast<double>(picture.height);
  const auto width = static_cast<double>(picture.width);
  const double scale = std::min(shape.height / height, shape.width / width);
  return {(height - shape.height / scale) / 2, (width - shape.width / scale) / 2, scale};
}

// What is darker than the ground becomes black, as the ground does.
void Stretch(Picture& picture, float ground, float lightest) {
  for (float& value : picture.values)
    value = std::clamp((value - ground) / (lightest - ground), 0.0f, 1.0f);
}

Box InkBox(const Picture& picture, float threshold) {
  Box box = {picture.height, picture.width, 0, 0};
  for (int64_t row = 0; row < picture.height; ++row) {
    for (int64_t column = 0; column < picture.width; ++column) {
      if (!(picture.at(row, column) > threshold)) continue;
      box.top = std::min(box.top, row);
      box.bottom = row + 1;
      box.left = std::min(box.left, column);
      box.right = std::max(box.right, column + 1);
    }
  }
  return box;
}

// Beside the rounding of sums, which would move some of MNIST's own by a pixel.
constexpr double kMassTolerance = 1e-9;

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

// The ink as MNIST has it. Nothing of the picture is cut off but what comes to lie outside.
Picture CentreInk(Picture& picture, ImagePreparation& done) {
  const std::vector<float> black = {0.0f};
  const float ground = BorderMedian(picture, 0);
  const float lightest = *std::max_element(picture.values.begin(), picture.values.end());
  if (lightest <= ground)
    return {kMnistShape.height, kMnistShape.width, 1,
            std::vector<float>(kMnistShape.height * kMnistShape.width)};
  done.stretched = ground > 0.0f || lightest < kFullInk;
  if (done.stretched) Stretch(picture, ground, lightest);

  const Box box = InkBox(picture, static_cast<float>(kInkShare));
  const int64_t side = box.longer_side();
  const bool fits = std::abs(side - static_cast<int64_t>(kMnistInk)) <= kInkTolerance;
  Window window;
  window.scale = fits ? 1.0 : kMnistInk / static_cast<double>(side);
  const double shown = kMnistShape.height / window.scale;
  // At its own size, moved by whole pixels alone.
  const auto middle = [fits, shown](int64_t begin, int64_t end) {
    const double at = static_cast<double>(begin + end) / 2 - shown / 2;
    return fits ? std::floor(at) : at;
  };
  window.top = middle(box.top, box.bottom);
  window.left = middle(box.left, box.right);
  const auto [below, right] = MassOffset(Resample(picture, window, kMnistShape, black));
  window.top += static_cast<double>(below) / window.scale;
  window.left += static_cast<double>(right) / window.scale;
  done.scale = window.scale;
  return Resample(picture, window, kMnistShape, black);
}

std::string SizeText(const data::ImageShape& shape) {
  return absl::StrCat(shape.width, " x ", shape.height, shape.channels == 1 ? " grey" : " RGB");
}

}  // namespace

std::string ImagePreparation::Description() const {
  std::string text = absl::StrCat(SizeText(from), " picture");
  if (made_grey) absl::StrAppend(&text, ", made grey");
  if (made_colour) absl::StrAppend(&text, ", grey in all three channels");
  if (inverted) absl::StrAppend(&text, ", inverted");
  if (stretched) absl::StrAppend(&text, ", contrast stretched");
  if (scale != 1.0) absl::StrAppend(&text, absl::StrFormat(", scaled by %.3g", scale));
  absl::StrAppend(
      &text,
      fit == Fit::kCentred ? ", its ink's centre of mass in the middle of " : ", in the middle of ",
      SizeText(to));
  return text;
}

PreparedInput PrepareInput(const data::Image& image, const data::ImageShape& shape,
                           InvertChoice invert) {
  PreparedInput prepared;
  ImagePreparation& done = prepared.preparation;
  done.from = image.shape;
  done.to = shape;
  done.made_grey = shape.channels == 1 && image.shape.channels == 3;
  done.made_colour = shape.channels == 3 && image.shape.channels == 1;
  Picture picture = data::ToPicture(image, shape.channels);
  done.inverted = IsToBeInverted(picture, invert);
  if (done.inverted) {
    for (float& value : picture.values) value = 1.0f - value;
  }
  if (shape == kMnistShape) {
    done.fit = ImagePreparation::Fit::kCentred;
    prepared.inputs = CentreInk(picture, done).values;
  } else {
    const Window window = WholeWindow(picture, shape);
    done.scale = window.scale;
    prepared.inputs = Resample(picture, window, shape, Grounds(picture)).values;
  }
  return prepared;
}

}  // namespace percept::inspect
