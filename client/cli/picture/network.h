#ifndef PERCEPT_CLIENT_CLI_PICTURE_NETWORK_H_
#define PERCEPT_CLIENT_CLI_PICTURE_NETWORK_H_

#include <string>
#include <vector>

#include "client/cli/picture/canvas.h"

namespace percept::picture {

// A column of a network's diagram: the inputs or a layer's units.
struct NetworkLayer {
  std::string name;   // Below the rectangle.
  std::string above;  // Above it, such as its width.
  std::string below;  // Below the name, such as the size of what comes out.
  int units = 1;      // Circles; of many, the first and the last ones.
  std::string arrow;  // On the arrow that leaves it; the last layer's leads out.
};

// Draws layers as rectangles with circles, arrows between them.
void DrawNetwork(Canvas* canvas, const Rect& area, const std::vector<NetworkLayer>& layers);

}  // namespace percept::picture

#endif  // PERCEPT_CLIENT_CLI_PICTURE_NETWORK_H_
