#ifndef PERCEPT_CLIENT_CLI_PICTURE_MARKER_H_
#define PERCEPT_CLIENT_CLI_PICTURE_MARKER_H_

#include "client/cli/picture/canvas.h"
#include "client/cli/picture/colour.h"

namespace percept::picture {

// Draws the sign of a class, in its colour: plus, dot, star, triangle, square, diamond, cross,
// triangle on its head, ring, hexagon, and these again. `size` is about its width.
void DrawMarker(Canvas* canvas, Point at, double size, int label);

// The same in another colour.
void DrawMarker(Canvas* canvas, Point at, double size, int label, Colour colour);

}  // namespace percept::picture

#endif  // PERCEPT_CLIENT_CLI_PICTURE_MARKER_H_
