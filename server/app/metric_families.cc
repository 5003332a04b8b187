#include "server/app/metric_families.h"

#include <limits>
#include <sstream>

#include "absl/time/time.h"
#include <prometheus/text_serializer.h>

namespace percept::app {

using prometheus::ClientMetric;
using prometheus::MetricType;

void MetricFamilies::BeginCounter(const char* name, const char* help) {
  Begin(name, help, MetricType::Counter);
}
void MetricFamilies::BeginGauge(const char* name, const char* help) {
  Begin(name, help, MetricType::Gauge);
}
void MetricFamilies::BeginHistogram(const char* name, const char* help) {
  Begin(name, help, MetricType::Histogram);
}

void MetricFamilies::Add(double value, const Labels& labels) {
  const bool is_counter = families_.back().type == MetricType::Counter;
  ClientMetric& metric = AddMetric(labels);
  (is_counter ? metric.counter.value : metric.gauge.value) = value;
}

void MetricFamilies::Add(const Durations& durations, const Labels& labels) {
  ClientMetric::Histogram& histogram = AddMetric(labels).histogram;
  uint64_t count = 0;
  for (size_t bound = 0; bound <= Durations::kBounds.size(); ++bound) {
    count += static_cast<uint64_t>(durations.count(bound));
    const double upper = bound < Durations::kBounds.size()
                             ? Durations::kBounds[bound]
                             : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({.cumulative_count = count, .upper_bound = upper});
  }
  histogram.sample_count = count;
  histogram.sample_sum = absl::ToDoubleSeconds(durations.total());
}

std::string MetricFamilies::Text() const {
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families_);
  return text.str();
}

void MetricFamilies::Begin(const char* name, const char* help, MetricType type) {
  families_.push_back({.name = name, .help = help, .type = type, .metric = {}});
}

ClientMetric& MetricFamilies::AddMetric(const Labels& labels) {
  ClientMetric& metric = families_.back().metric.emplace_back();
  for (const auto& [name, value] : labels) metric.label.push_back({name, value});
  return metric;
}

}  // namespace percept::app
