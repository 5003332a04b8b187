#include "server/inspect/confusion.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/inspect/evaluate.h"
#include "server/inspect/predictions.h"
#include "server/inspect/softmax.h"

namespace percept::inspect {
namespace {

// Examples that are looked at together.
constexpr int64_t kPiece = 4096;

// NaN, which says nothing can be sure, counts as surest: it is what to look at first.
float Sureness(float number) {
  return std::isnan(number) ? std::numeric_limits<float>::infinity() : number;
}

bool IsSurer(const Mistake& a, const Mistake& b) {
  return std::make_tuple(-Sureness(a.confidence), -Sureness(a.score), a.example) <
         std::make_tuple(-Sureness(b.confidence), -Sureness(b.score), b.example);
}

// Keeps the surest of the mistakes it is shown.
class SurestMistakes {
 public:
  explicit SurestMistakes(int32_t capacity) : capacity_(static_cast<size_t>(capacity)) {}

  void Add(const Mistake& mistake) {
    if (capacity_ == 0) return;
    if (heap_.size() == capacity_) {
      if (!IsSurer(mistake, heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end(), IsSurer);
      heap_.pop_back();
    }
    heap_.push_back(mistake);
    std::push_heap(heap_.begin(), heap_.end(), IsSurer);
  }

  // By falling sureness. Call once.
  std::vector<Mistake> Take() {
    std::sort(heap_.begin(), heap_.end(), IsSurer);
    return std::move(heap_);
  }

 private:
  const size_t capacity_;
  std::vector<Mistake> heap_;  // The least sure in front.
};

// The loss of one example, as training has it.
double LossOf(const Predictions& predictions, int64_t n, int32_t label, bool is_perceptron) {
  const absl::Span<const float> scores = predictions.scores_of(n);
  if (is_perceptron) {
    return predictions.labels[static_cast<size_t>(n)] == label ? 0.0 : std::abs(scores[0]);
  }
  return CrossEntropy(scores, label);
}

Mistake MistakeOf(const Predictions& predictions, int64_t n, int64_t example, int32_t true_label) {
  const int32_t predicted = predictions.labels[static_cast<size_t>(n)];
  const absl::Span<const float> scores = predictions.scores_of(n);
  const bool is_single = scores.size() == 1;
  return {.example = example,
          .true_label = true_label,
          .predicted_label = predicted,
          .confidence = predictions.probabilities_of(n)[static_cast<size_t>(predicted)],
          .score = is_single ? std::abs(scores[0]) : scores[static_cast<size_t>(predicted)]};
}

}  // namespace

std::vector<ClassMeasures> MeasuresOf(const std::vector<int64_t>& counts, int32_t classes) {
  std::vector<ClassMeasures> measures;
  for (int64_t k = 0; k < classes; ++k) {
    int64_t of_class = 0;
    int64_t predicted = 0;
    for (int64_t j = 0; j < classes; ++j) {
      of_class += counts[static_cast<size_t>(k * classes + j)];
      predicted += counts[static_cast<size_t>(j * classes + k)];
    }
    const auto hits = static_cast<double>(counts[static_cast<size_t>(k * classes + k)]);
    ClassMeasures& measure = measures.emplace_back();
    if (predicted > 0) measure.precision = hits / static_cast<double>(predicted);
    if (of_class > 0) measure.recall = hits / static_cast<double>(of_class);
  }
  return measures;
}

absl::StatusOr<Confusion> MakeConfusion(const TrainedModel& model, const data::Dataset& dataset,
                                        data::SplitKind split, int32_t max_mistakes,
                                        absl::string_view instruction_set, GoesOn goes_on) {
  const int32_t classes = model.shape.classes;
  if (classes > kMaxConfusionClasses) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "a matrix is made of at most ", kMaxConfusionClasses, " classes; the model has ", classes));
  }
  PERCEPT_ASSIGN_OR_RETURN(const Examples examples, ExamplesFor(model, dataset, split));
  PERCEPT_ASSIGN_OR_RETURN(const std::unique_ptr<ml::ModelCopy> copy,
                           LoadCopy(model, instruction_set));
  Confusion confusion;
  confusion.classes = classes;
  confusion.counts.resize(static_cast<size_t>(int64_t{classes} * classes));
  SurestMistakes mistakes(max_mistakes);
  int64_t correct = 0;
  for (int64_t first = 0; first < examples.count; first += kPiece) {
    const Examples piece = examples.Rows(first, std::min(kPiece, examples.count - first));
    PERCEPT_ASSIGN_OR_RETURN(const Predictions predictions, Predict(model, *copy, piece, goes_on));
    for (int64_t n = 0; n < piece.count; ++n) {
      const int32_t label = piece.labels[n];
      const int32_t predicted = predictions.labels[static_cast<size_t>(n)];
      ++confusion.counts[static_cast<size_t>(int64_t{label} * classes + predicted)];
      confusion.loss += LossOf(predictions, n, label, model.is_perceptron());
      if (predicted == label) {
        ++correct;
      } else {
        mistakes.Add(MistakeOf(predictions, n, first + n, label));
      }
    }
    if (!goes_on()) return AskerIsGone();
  }
  const auto count = static_cast<double>(examples.count);
  confusion.accuracy = static_cast<double>(correct) / count;
  confusion.loss /= count;
  confusion.measures = MeasuresOf(confusion.counts, classes);
  confusion.mistakes = mistakes.Take();
  return confusion;
}

}  // namespace percept::inspect
