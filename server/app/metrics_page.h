#ifndef PERCEPT_SERVER_APP_METRICS_PAGE_H_
#define PERCEPT_SERVER_APP_METRICS_PAGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/data/catalogue.h"
#include "server/storage/repositories.h"
#include "server/training/scheduler.h"

namespace percept::app {

// What the page shows besides what the layers count; all must outlive it.
struct MetricsSources {
  const training::Scheduler* scheduler = nullptr;
  data::Catalogue* catalogue = nullptr;
  const storage::Store* store = nullptr;
  std::string data_dir;
  std::string version;
  absl::Time start_time;  // Of the process.
};

// How the server is, in Prometheus' text format; server/docs/METRICS.md lists what is in it. Takes
// milliseconds and may block. Errors are those of the store.
absl::StatusOr<std::string> MetricsPage(const MetricsSources& sources);

}  // namespace percept::app

#endif  // PERCEPT_SERVER_APP_METRICS_PAGE_H_
