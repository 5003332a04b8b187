#ifndef PERCEPT_SERVER_DATA_READERS_EXIF_ORIENTATION_H_
#define PERCEPT_SERVER_DATA_READERS_EXIF_ORIENTATION_H_

#include "absl/strings/string_view.h"

#include "server/data/image.h"

namespace percept::data {

// How the camera was held, as a JPEG file's Exif segment (CIPA DC-008) has it: 1 to 8; 1, which is
// upright, where the file does not say, or not as the standard wants.
int ExifOrientation(absl::string_view jpeg);

// Turns and mirrors a picture of this orientation upright. `orientation` is in [1, 8].
Image TurnedUpright(Image image, int orientation);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_READERS_EXIF_ORIENTATION_H_
