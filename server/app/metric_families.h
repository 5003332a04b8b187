// Private to server/app: includes Prometheus' library.
#ifndef PERCEPT_SERVER_APP_METRIC_FAMILIES_H_
#define PERCEPT_SERVER_APP_METRIC_FAMILIES_H_

#include <string>
#include <utility>
#include <vector>

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>

#include "server/base/meter.h"

namespace percept::app {

// The metrics of a page, in the order they are added. Not thread-safe.
class MetricFamilies {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  // Each begins a family, which what is added next belongs to.
  void BeginCounter(const char* name, const char* help);
  void BeginGauge(const char* name, const char* help);
  void BeginHistogram(const char* name, const char* help);

  // Of a counter or a gauge.
  void Add(double value, const Labels& labels = {});
  // Of a histogram.
  void Add(const Durations& durations, const Labels& labels = {});

  // All of them in Prometheus' text format.
  std::string Text() const;

 private:
  void Begin(const char* name, const char* help, prometheus::MetricType type);
  prometheus::ClientMetric& AddMetric(const Labels& labels);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace percept::app

#endif  // PERCEPT_SERVER_APP_METRIC_FAMILIES_H_
