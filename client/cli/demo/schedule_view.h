#ifndef PERCEPT_CLIENT_CLI_DEMO_SCHEDULE_VIEW_H_
#define PERCEPT_CLIENT_CLI_DEMO_SCHEDULE_VIEW_H_

#include <string>
#include <vector>

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/demo_service.pb.h"

namespace percept::cli {

struct SampledSchedule {
  v1::ScheduleRequest request;
  v1::ScheduleResponse response;
};

// Learning rates over the updates: the curves, and their values at a few updates. Precondition: at
// least one.
std::string RenderSchedules(const std::vector<SampledSchedule>& schedules, const Page& page);
picture::Canvas DrawSchedules(const std::vector<SampledSchedule>& schedules);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_DEMO_SCHEDULE_VIEW_H_
