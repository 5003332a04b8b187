#ifndef PERCEPT_CLIENT_CLI_PICTURE_COLOUR_H_
#define PERCEPT_CLIENT_CLI_PICTURE_COLOUR_H_

namespace percept::picture {

// Each part in [0, 1].
struct Colour {
  double red = 0;
  double green = 0;
  double blue = 0;
  double opacity = 1;
};

inline constexpr Colour kPaper = {1, 1, 1};
inline constexpr Colour kInk = {0.11, 0.13, 0.16};    // Text and whatever is the point.
inline constexpr Colour kMuted = {0.35, 0.38, 0.42};  // Notes and ticks; 4.5:1 on paper at least.
inline constexpr Colour kFaint = {0.86, 0.87, 0.89};  // Grids and frames.

// Opacity of the region where a class is predicted.
inline constexpr double kRegionOpacity = 0.18;

// The colour of a class, everywhere the same: Okabe and Ito's palette, which the colour-blind can
// tell apart, less its yellow and black, and four more. They come again after the tenth.
Colour ClassColour(int label);

Colour WithOpacity(Colour colour, double opacity);

// `share` of the way from `from` to `to`, in [0, 1].
Colour Mixed(Colour from, Colour to, double share);

// What is seen where `colour` lies on opaque `below`.
Colour Over(Colour colour, Colour below);

// Blue at -1, neutral at 0, vermillion at 1; for signed numbers such as weights. What is not a
// number is magenta, here and below.
Colour Diverging(double share);

// Black at 0, white at 1; for pictures of data.
Colour Grey(double share);

// Paper at 0, blue at 1; for shares and counts.
Colour Sequential(double share);

// Ink or paper, whichever reads better on `background`.
Colour InkOn(Colour background);

}  // namespace percept::picture

#endif  // PERCEPT_CLIENT_CLI_PICTURE_COLOUR_H_
