// percept_latencies [SECTION...]
//
// Times what clients wait for, on one connection to a perceptd of its own with two workers, and
// compares it with the goals. Without arguments all of:
//
//   submit    CreateJob acknowledged, and a toy job submitted to finished
//   stop      running jobs cancelled, paused and resumed
//   stored    starts and reads with 100,000 jobs and 1,000,000 snapshots stored
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/bench/jobs/latency_sections.h"

int main(int argc, char** argv) {
  const std::map<std::string, std::function<void()>> sections = {
      {"submit", percept::bench::ShowSubmissions},
      {"stop", percept::bench::ShowStops},
      {"stored", percept::bench::ShowStored}};
  std::vector<std::string> chosen(argv + 1, argv + argc);
  if (chosen.empty()) chosen = {"submit", "stop", "stored"};
  for (const std::string& section : chosen) {
    if (sections.count(section) > 0) continue;
    std::fprintf(stderr, "percept_latencies: sections are submit, stop and stored, got \"%s\"\n",
                 section.c_str());
    return 2;
  }
  for (const std::string& section : chosen) sections.at(section)();
  return 0;
}
