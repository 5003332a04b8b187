#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/commands.h"
#include "client/cli/demo/schedule_view.h"
#include "client/cli/parse.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

struct Options {
  std::vector<v1::TrainingSpec> schedules;  // Only their schedule is set.
  std::optional<double> learning_rate;
  std::optional<int64_t> steps;
  std::optional<int32_t> points;
  std::string output;
};

v1::ScheduleRequest Request(const Options& options, const v1::TrainingSpec& schedule) {
  v1::ScheduleRequest request;
  if (schedule.has_step()) {
    *request.mutable_step() = schedule.step();
  } else if (schedule.has_inverse()) {
    *request.mutable_inverse() = schedule.inverse();
  } else {
    request.mutable_constant();
  }
  if (options.learning_rate) request.set_learning_rate(*options.learning_rate);
  if (options.steps) request.set_steps(*options.steps);
  if (options.points) request.set_points(*options.points);
  return request;
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  std::vector<SampledSchedule> schedules;
  for (const v1::TrainingSpec& schedule : options.schedules) {
    SampledSchedule sampled = {Request(options, schedule), {}};
    absl::StatusOr<v1::ScheduleResponse> response = session.client().Schedule(sampled.request);
    if (!response.ok()) return response.status();
    sampled.response = *std::move(response);
    schedules.push_back(std::move(sampled));
  }
  return Show(
      session, options.output,
      [&] {
        for (const SampledSchedule& sampled : schedules) session.PrintJson(sampled.response);
      },
      [&](const Page& page) { return RenderSchedules(schedules, page); },
      [&] { return DrawSchedules(schedules); });
}

// The course's two.
std::vector<v1::TrainingSpec> DefaultSchedules() {
  std::vector<v1::TrainingSpec> schedules(2);
  schedules[0].mutable_step()->set_gamma(0.7);
  schedules[0].mutable_step()->set_sigma(1000);
  schedules[1].mutable_inverse()->set_gamma(0.1);
  schedules[1].mutable_inverse()->set_rho(0.1);
  return schedules;
}

}  // namespace

void AddDemoSchedule(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "schedule",
      "Shows learning rates over the updates of a training. With --json a line for each schedule.",
      "percept demo schedule\n"
      "percept demo schedule --schedule constant --schedule step:0.5,500 --steps 2000 "
      "-o schedules.png");
  command
      ->add_option_function<std::vector<std::string>>(
          "--schedule",
          [options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              const absl::StatusOr<v1::TrainingSpec> schedule = ParseSchedule(text);
              if (!schedule.ok()) {
                throw CLI::ValidationError("--schedule", std::string(schedule.status().message()));
              }
              options->schedules.push_back(*schedule);
            }
          },
          "One to show, once for each. Default step:0.7,1000 and inverse:0.1,0.1.")
      ->type_name("constant|step:GAMMA,SIGMA|inverse:GAMMA,RHO")
      ->allow_extra_args(false);
  AddNumber(command, "--learning-rate", &options->learning_rate,
            "Initial learning rate. Default 0.05.");
  AddNumber(command, "--steps", &options->steps, "Last update shown. Default 2800.");
  AddNumber(command, "--points", &options->points, "Most points of a curve. Default 1000.");
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    if (options->schedules.empty()) options->schedules = DefaultSchedules();
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
