#include "server/training/report_policy.h"

#include <algorithm>

namespace percept::training {
namespace {

constexpr double kAccuracyRise = 0.01;
constexpr int64_t kReportsPerEpoch = 5;
constexpr int64_t kEvaluationsPerEpoch = 50;

int64_t EvaluateEvery(const TrainingSpec& spec, int64_t train_examples) {
  if (spec.evaluate_every > 0) return spec.evaluate_every;
  const int64_t batches = (train_examples + spec.batch_size - 1) / spec.batch_size;
  return std::max<int64_t>(1, batches / kEvaluationsPerEpoch);
}

}  // namespace

ReportPolicy::ReportPolicy(const TrainingSpec& spec, int64_t train_examples, bool can_evaluate)
    : train_examples_(train_examples),
      report_frequency_(spec.report_frequency),
      can_evaluate_(can_evaluate),
      evaluate_every_(EvaluateEvery(spec, train_examples)) {}

void ReportPolicy::GoOnFrom(const State& state) {
  asked_instances_ = state.asked_instances;
  reported_instances_ = state.reported_instances;
  reported_accuracy_ = state.reported_accuracy;
}

ReportPolicy::Question ReportPolicy::Ask(int64_t step, int64_t instances) {
  if (step == 0) return Question::kReport;
  const bool adaptive = report_frequency_ == 0;
  if (adaptive && can_evaluate_) {
    return step % evaluate_every_ == 0 ? Question::kCandidate : Question::kNone;
  }
  const int64_t passed = instances - asked_instances_;
  const bool due =
      adaptive ? kReportsPerEpoch * passed >= train_examples_ : passed >= report_frequency_;
  if (!due) return Question::kNone;
  asked_instances_ = instances;
  return Question::kReport;
}

bool ReportPolicy::Decide(Question question, int64_t instances,
                          const std::optional<ml::Score>& validation) {
  double accuracy = reported_accuracy_;
  if (validation.has_value()) {
    accuracy = static_cast<double>(validation->correct) / static_cast<double>(validation->examples);
  }
  const bool report = question == Question::kReport ||
                      accuracy - reported_accuracy_ >= kAccuracyRise ||
                      kReportsPerEpoch * (instances - reported_instances_) >= train_examples_;
  if (report) {
    reported_accuracy_ = accuracy;
    reported_instances_ = instances;
  }
  return report;
}

}  // namespace percept::training
