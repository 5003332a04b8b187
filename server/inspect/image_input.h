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

// What was done to a picture, in this order.
struct ImagePreparation {
  // How it was brought to the model's size.
  enum class Fit {
    kScaled,   // As large as fits, its proportions kept, in the middle.
    kCentred,  // As MNIST's digits: its ink as large as fits into 20 x 20, the ink's centre of mass
               // in the middle of 28 x 28.
  };

  data::ImageShape from;
  data::ImageShape to;
  bool made_grey = false;    // Colours became 0.299 R + 0.587 G + 0.114 B.
  bool made_colour = false;  // Grey became three equal channels.
  bool inverted = false;     // v became 1 - v.
  bool stretched = false;    // The ground became 0 and the lightest ink 1.
  Fit fit = Fit::kScaled;
  double scale = 1.0;  // Length in the model's picture of a pixel of the original.

  // For people to read, such as "600 x 400 RGB picture, made grey, inverted, …".
  std::string Description() const;
};

struct PreparedInput {
  std::vector<float> inputs;  // [H, W, C], each in [0, 1].
  ImagePreparation preparation;
};

// Brings `image` to `shape`, each of its sides at least 1 and its channels 1 or 3. Where that is 28
// x 28 in grey, pictures are centred as MNIST's are, and one of MNIST comes out as it went in: the
// ink is what differs from the ground (the border's median) by more than a tenth of what its
// lightest part does; contrast is stretched only where the ground is not black or the ink is below
// 0.9. A picture without ink comes out as all zeros. Other shapes take the whole picture, with the
// border's median where it does not reach. Pixels are averaged by area. Takes time linear in the
// pixels.
PreparedInput PrepareInput(const data::Image& image, const data::ImageShape& shape,
                           InvertChoice invert);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_IMAGE_INPUT_H_
