#include "server/data/picture.h"

#include <algorithm>
#include <cmath>

namespace percept::data {
namespace {

// The share of the pixel [place, place + 1) between `begin` and `end`.
double Overlap(int64_t place, double begin, double end) {
  const auto pixel = static_cast<double>(place);
  return std::max(0.0, std::min(end, pixel + 1.0) - std::max(begin, pixel));
}

// The mean of a rectangle, outside of the picture that of the ground, as one value per channel.
void AddMean(const Picture& picture, const std::vector<float>& grounds, double top, double left,
             double side, std::vector<float>& out) {
  const double bottom = top + side;
  const double right = left + side;
  const auto first = [](double begin) {
    return std::max<int64_t>(0, static_cast<int64_t>(std::floor(begin)));
  };
  const auto last = [](double end, int64_t size) {
    return std::min(size, static_cast<int64_t>(std::ceil(end)));
  };
  for (int64_t channel = 0; channel < picture.channels; ++channel) {
    const double ground = grounds[static_cast<size_t>(channel)];
    double sum = 0.0;
    for (int64_t row = first(top); row < last(bottom, picture.height); ++row) {
      double row_sum = 0.0;
      for (int64_t column = first(left); column < last(right, picture.width); ++column) {
        row_sum += Overlap(column, left, right) * (picture.at(row, column, channel) - ground);
      }
      sum += Overlap(row, top, bottom) * row_sum;
    }
    out.push_back(std::clamp(static_cast<float>(ground + sum / (side * side)), 0.0f, 1.0f));
  }
}

}  // namespace

Picture ToPicture(const Image& image, int32_t channels) {
  Picture picture = {image.shape.height, image.shape.width, channels, {}};
  const auto pixels = static_cast<size_t>(picture.height * picture.width);
  const auto given = static_cast<size_t>(image.shape.channels);
  picture.values.reserve(pixels * static_cast<size_t>(channels));
  for (size_t pixel = 0; pixel < pixels; ++pixel) {
    const uint8_t* values = image.pixels.data() + pixel * given;
    if (given == static_cast<size_t>(channels)) {
      for (size_t channel = 0; channel < given; ++channel)
        picture.values.push_back(static_cast<float>(values[channel]) / 255.0f);
    } else if (channels == 1) {
      picture.values.push_back(
          static_cast<float>((0.299 * values[0] + 0.587 * values[1] + 0.114 * values[2]) / 255.0));
    } else {
      picture.values.insert(picture.values.end(), static_cast<size_t>(channels),
                            static_cast<float>(values[0]) / 255.0f);
    }
  }
  return picture;
}

float BorderMedian(const Picture& picture, int64_t channel) {
  std::vector<float> border;
  for (int64_t row = 0; row < picture.height; ++row) {
    const bool is_edge = row == 0 || row == picture.height - 1;
    for (int64_t column = 0; column < picture.width;
         column += is_edge ? 1 : std::max<int64_t>(picture.width - 1, 1)) {
      border.push_back(picture.at(row, column, channel));
    }
  }
  const auto middle = border.begin() + static_cast<std::ptrdiff_t>(border.size() / 2);
  std::nth_element(border.begin(), middle, border.end());
  return *middle;
}

Picture Resample(const Picture& picture, const Window& window, const ImageShape& shape,
                 const std::vector<float>& grounds) {
  Picture shown = {shape.height, shape.width, shape.channels, {}};
  const double side = 1.0 / window.scale;
  for (int32_t row = 0; row < shape.height; ++row) {
    for (int32_t column = 0; column < shape.width; ++column) {
      AddMean(picture, grounds, window.top + row * side, window.left + column * side, side,
              shown.values);
    }
  }
  return shown;
}

}  // namespace percept::data
