#include "client/cli/render_pictures.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace percept::cli {
namespace {

constexpr absl::string_view kInk = " .:-=+*#%@";
constexpr int kGap = 2;          // Blanks between pictures side by side.
constexpr int kLeastWidth = 20;  // Of a picture, for its heading.

// One picture in lines of equal width, the heading first.
class Drawing {
 public:
  Drawing(const Picture& picture, const v1::ImageShape& shape) : picture_(picture), shape_(shape) {
    const auto [low, high] = std::minmax_element(picture.inputs.begin(), picture.inputs.end());
    low_ = std::min(0.0f, *low);
    high_ = std::max(1.0f, *high);
  }

  std::string Heading() const { return absl::StrCat(picture_.index, ": label ", picture_.label); }

  std::string Line(int line) const {
    std::string text;
    for (int column = 0; column < shape_.width(); ++column) {
      const float upper = Grey(2 * line, column);
      const float lower = 2 * line + 1 < shape_.height() ? Grey(2 * line + 1, column) : upper;
      text += Ink((upper + lower) / 2);
    }
    return text;
  }

 private:
  float Grey(int row, int column) const {
    const auto channels = static_cast<size_t>(shape_.channels());
    const auto pixel = static_cast<size_t>(row) * static_cast<size_t>(shape_.width()) +
                       static_cast<size_t>(column);
    float sum = 0;
    for (size_t c = 0; c < channels; ++c) sum += picture_.inputs[pixel * channels + c];
    return sum / static_cast<float>(channels);
  }

  char Ink(float grey) const {
    const float share = (grey - low_) / (high_ - low_);  // Not a number for what is infinite.
    const auto darkest = static_cast<float>(kInk.size() - 1);
    if (!(share >= 0)) return '?';
    return kInk[static_cast<size_t>(std::min(share * darkest + 0.5f, darkest))];
  }

  const Picture& picture_;
  const v1::ImageShape& shape_;
  float low_;
  float high_;
};

// Adds a line that shows `text` of each drawing, padded to `width`.
template <typename Text>
void AddLine(const std::vector<Drawing>& drawings, int width, Text text, std::string* out) {
  std::string line;
  for (const Drawing& drawing : drawings) {
    std::string part = text(drawing);
    part.resize(static_cast<size_t>(width) + kGap, ' ');
    line += part;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  absl::StrAppend(out, line, "\n");
}

}  // namespace

bool CanDraw(const v1::ImageShape& shape, int inputs, int width) {
  const int64_t pixels = int64_t{shape.height()} * shape.width();
  return shape.height() > 0 && shape.width() > 0 && shape.channels() > 0 &&
         shape.width() <= width && pixels <= inputs && pixels * shape.channels() == inputs;
}

std::string RenderPictures(const std::vector<Picture>& pictures, const v1::ImageShape& shape,
                           int width) {
  const int each = std::max(shape.width(), kLeastWidth);
  const auto across = static_cast<size_t>(std::max(1, (width + kGap) / (each + kGap)));
  std::string text;
  for (size_t first = 0; first < pictures.size(); first += across) {
    std::vector<Drawing> drawings;
    for (size_t i = first; i < std::min(first + across, pictures.size()); ++i) {
      drawings.emplace_back(pictures[i], shape);
    }
    AddLine(
        drawings, each, [](const Drawing& drawing) { return drawing.Heading(); }, &text);
    for (int line = 0; 2 * line < shape.height(); ++line) {
      AddLine(
          drawings, each, [line](const Drawing& drawing) { return drawing.Line(line); }, &text);
    }
  }
  return text;
}

}  // namespace percept::cli
