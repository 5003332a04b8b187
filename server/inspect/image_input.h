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
  // In grey, where the picture's border (its median) and that of the data lie on different sides of
  // the middle grey. Never in colour.
  kAuto,
  kNo,
  kYes,
};

// How a picture is brought to the proportions of the inputs.
enum class ImageFraming {
  kAuto,  // kContent for 28 x 28 in grey, as MNIST has; else kCrop.
  // The largest rectangle of the right proportions about the picture's centre.
  kCrop,
  // The ink, which is what differs from the ground (the border's median) by more than a tenth of
  // what its lightest part does: scaled to five sevenths of the inputs' extent (20 of 28) with its
  // centre of mass in their centre, as MNIST's digits were. Digits that have this size already, to
  // a tenth, keep it, so that an image of MNIST comes out as it went in. Contrast is stretched
  // where the ground is not black or the ink below 0.9. Ink is light where the data's border is
  // dark, and dark on white where that is light; where there is none, all becomes ground.
  kContent,
};

struct PrepareOptions {
  InvertChoice invert = InvertChoice::kAuto;
  ImageFraming framing = ImageFraming::kAuto;
  float data_border = 0.0f;  // Lightness of the border of the training examples' mean, in [0, 1].
};

// What was done to a picture, in this order.
struct ImagePreparation {
  data::ImageShape source;
  bool colours_changed = false;                // Made grey, or grey given to all channels.
  bool inverted = false;                       // v became 1 - v.
  ImageFraming framing = ImageFraming::kCrop;  // Never kAuto.
  // The part of the picture that was taken, in its pixels, whole ones.
  int32_t left = 0;
  int32_t top = 0;
  int32_t width = 0;
  int32_t height = 0;
  std::vector<std::string> steps;  // All that was done, a sentence each, for people to read.
};

struct PreparedInput {
  std::vector<float> inputs;  // [H, W, C], each in [0, 1].
  ImagePreparation preparation;
};

// Brings `image` to `shape`, each of whose sides is at least 1 and whose channels are 1 or 3;
// kContent is for one channel only. Colours become the grey 0.299 R + 0.587 G + 0.114 B; pixels are
// averaged by area. Takes time linear in the pixels.
PreparedInput PrepareInput(const data::Image& image, const data::ImageShape& shape,
                           const PrepareOptions& options = {});

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_IMAGE_INPUT_H_
