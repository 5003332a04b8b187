// kill_run [--kills N] [--seed S] [--workers N] [--jobs-at-once N]
//
// Kills a perceptd at random moments while clients work with it, and checks that nothing that was
// acknowledged or sent is lost, and that no bit of any run differs: kill_campaign.h. Ends with one
// line of counts, and with 1 where a promise was broken.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "tests/robustness/kill_campaign.h"

int main(int argc, char** argv) {
  percept::testing::KillOptions options;
  CLI::App app("Kills perceptd at random moments and checks that nothing is lost or changed.");
  app.add_option("--kills", options.kills, "How many")->capture_default_str();
  app.add_option("--seed", options.seed, "Of the moments and of what clients do")
      ->capture_default_str();
  app.add_option("--workers", options.workers, "Of the server")->capture_default_str();
  app.add_option("--jobs-at-once", options.jobs_at_once, "Unfinished jobs")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto report = percept::testing::RunKillCampaign(options);
  if (!report.ok()) {
    std::fprintf(stderr, "kill_run: %s\n", report.status().ToString().c_str());
    return 1;
  }
  for (const std::string& fault : report->faults) std::fprintf(stderr, "%s\n", fault.c_str());
  std::printf("kill_run: %s\n", percept::testing::Summary(*report).c_str());
  return report->faults.empty() ? 0 : 1;
}
