#ifndef PERCEPT_SERVER_INSPECT_IMAGE_INPUT_H_
#define PERCEPT_SERVER_INSPECT_IMAGE_INPUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "server/data/dataset.h"
#include "server/data/image.h"

// Turns a picture of any size into what a model was trained on. Letters: H x W pixels and C
// channels of the model's inputs.
namespace percept::inspect {

// Whether light and dark are turned about.
enum class InvertChoice {
  kAuto,  // In grey where the picture's border is light, for models know light ink on a dark
          // ground.
  kNo,
  kYes,
};

// What of a picture is taken.
enum class FramingChoice {
  kAuto,   // The ink where the inputs are 28 x 28 in grey, as MNIST's are; else the whole picture.
  kWhole,  // All of it, as large as fits.
  kCrop,   // The largest part of the inputs' proportions about its middle.
  kContent,  // Its ink; for inputs in grey alone.
};

// What was done to a picture, in this order.
struct ImagePreparation {
  // How it was brought to the model's size.
  enum class Fit {
    kScaled,   // As large as fits, its proportions kept, in the middle.
    kCropped,  // As small as fills, its proportions kept, from the middle.
    kCentred,  // As MNIST's digits: its ink as large as fits into five sevenths of the shorter side
               // (20 x 20 of 28 x 28), the ink's centre of mass in the middle.
  };

  data::ImageShape from;
  data::ImageShape to;
  bool made_grey = false;    // Colours became 0.299 R + 0.587 G + 0.114 B.
  bool made_colour = false;  // Grey became three equal channels.
  bool inverted = false;     // v became 1 - v.
  bool stretched = false;    // The ground became 0 and the lightest ink 1.
  Fit fit = Fit::kScaled;
  double scale = 1.0;  // Length in the model's picture of a pixel of the original.
  // The upper left corner of what is shown, in pixels of the original; may lie outside of it.
  double top = 0.0;
  double left = 0.0;

  // For people to read, such as "600 x 400 RGB picture", "made grey", "inverted"…
  std::vector<std::string> Steps() const;
  // The same with commas between.
  std::string Description() const;
};

struct PreparedInput {
  std::vector<float> inputs;  // [H, W, C], each in [0, 1].
  ImagePreparation preparation;
};

// Brings `image` to `shape`, each of its sides at least 1 and its channels 1 or 3. Where the ink is
// taken, pictures are centred as MNIST's are, and one of MNIST comes out as it went in: the
// ink is what differs from the ground (the border's median) by more than a tenth of what its
// lightest part does; contrast is stretched only where the ground is not black or the ink is below
// 0.9. A picture without ink comes out as all zeros. The whole picture has the border's median
// where it does not reach. Pixels are averaged by area. Takes time linear in the pixels. `framing`
// is kContent for one channel only.
PreparedInput PrepareInput(const data::Image& image, const data::ImageShape& shape,
                           InvertChoice invert, FramingChoice framing = FramingChoice::kAuto);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_IMAGE_INPUT_H_
