#ifndef PERCEPT_CLIENT_CLI_INSPECT_CURVES_VIEW_H_
#define PERCEPT_CLIENT_CLI_INSPECT_CURVES_VIEW_H_

#include <string>

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/snapshot_service.pb.h"

namespace percept::cli {

// How a job's accuracy and loss went.
struct Curves {
  std::string job;
  v1::SeriesAxis axis = v1::SERIES_AXIS_STEP;
  v1::GetMetricSeriesResponse series;
  v1::Snapshot marked;  // The snapshot in question, one of the job's.
};

// Each curve with its extremes, and plots of accuracy and loss; the marked snapshot's figures
// above. Precondition of both: a point.
std::string RenderCurves(const Curves& curves, const Page& page);
picture::Canvas DrawCurves(const Curves& curves);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INSPECT_CURVES_VIEW_H_
