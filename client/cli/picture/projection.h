#ifndef PERCEPT_CLIENT_CLI_PICTURE_PROJECTION_H_
#define PERCEPT_CLIENT_CLI_PICTURE_PROJECTION_H_

#include <array>
#include <string>
#include <vector>

#include "client/cli/picture/canvas.h"
#include "client/cli/picture/scale.h"

namespace percept::picture {

using Vector3 = std::array<double, 3>;

// The plane normal · x + offset = 0.
struct Plane3 {
  Vector3 normal;
  double offset = 0;
};

// A box of space seen from outside, without perspective: its axes, planes through it, points in it.
// Angles are in degrees: azimuth turns about the third axis, elevation lifts the eye. Must not
// outlive its canvas.
class Projection {
 public:
  Projection(Canvas* canvas, const Rect& area, const std::array<Scale, 3>& scales, double azimuth,
             double elevation);

  Point At(const Vector3& position) const;
  // Larger is nearer to the eye.
  double Depth(const Vector3& position) const;

  // Draws the three sides behind all else, with ticks and the axes' names.
  void DrawBox(const std::array<std::string, 3>& names);
  // Draws the part of the plane that lies in the box.
  void DrawPlane(const Plane3& plane, Colour fill, const Stroke& edge);

  // The corners of that part, in order around it; empty when the plane misses the box.
  std::vector<Vector3> Section(const Plane3& plane) const;

 private:
  // In the unit box about the origin, turned to the eye: to the right, up, towards it.
  Vector3 Turned(const Vector3& position) const;
  Vector3 Corner(int index) const;
  void DrawSide(int axis);
  void DrawAxisLabels(int axis, const std::string& name);

  Canvas* const canvas_;
  const std::array<Scale, 3> scales_;
  double cos_azimuth_;
  double sin_azimuth_;
  double cos_elevation_;
  double sin_elevation_;
  Point centre_;
  double unit_ = 1;  // Pixels of the box's edge.
};

}  // namespace percept::picture

#endif  // PERCEPT_CLIENT_CLI_PICTURE_PROJECTION_H_
