#include "client/cli/inspect/attack_view.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/format.h"
#include "client/cli/inspect/decision_regions.h"
#include "client/cli/inspect/search_view.h"
#include "client/cli/picture/slide.h"
#include "client/cli/render_pictures.h"
#include "client/cli/render_values.h"
#include "client/cli/snapshot_heading.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

constexpr int kMostRows = 20;  // Inputs in a table.

std::vector<ClassCourse> Courses(const AttackRun& attack) {
  ClassCourse original = {attack.response.result().original_label(), {}};
  ClassCourse target = {attack.target_label, {}};
  for (const v1::AttackStep& step : attack.response.steps()) {
    original.probabilities.push_back(step.original_probability());
    target.probabilities.push_back(step.target_probability());
  }
  return {original, target};
}

std::string OutcomeText(const AttackRun& attack) {
  const v1::AttackResult& result = attack.response.result();
  const std::string steps = CountText(result.steps(), "step", "steps");
  if (!result.succeeded()) {
    return absl::StrCat("no success within ", steps, "; it is taken for ", result.final_label());
  }
  return absl::StrCat("taken for ", result.final_label(), " after ", steps, ", changed by ",
                      absl::StrFormat("%.3g", result.rms_difference()), " (RMS)");
}

std::vector<float> Altered(const AttackRun& attack) {
  const v1::AttackResult& result = attack.response.result();
  std::vector<float> altered;
  for (int i = 0; i < result.original_inputs_size(); ++i) {
    altered.push_back(result.original_inputs(i) + result.difference(i));
  }
  return altered;
}

Alteration AlterationOf(const AttackRun& attack) {
  const v1::AttackResult& result = attack.response.result();
  Alteration alteration;
  alteration.shape = attack.response.image_shape();
  alteration.original = absl::MakeConstSpan(result.original_inputs().data(),
                                            static_cast<size_t>(result.original_inputs_size()));
  alteration.altered = Altered(attack);
  alteration.difference.assign(result.difference().begin(), result.difference().end());
  alteration.original_caption = absl::StrCat("seen as ", result.original_label());
  alteration.altered_caption = absl::StrCat("seen as ", result.final_label());
  return alteration;
}

bool IsImage(const AttackRun& attack) {
  return IsPicture(attack.response.image_shape(), attack.response.result().original_inputs_size());
}

std::string InputTable(const AttackRun& attack) {
  const v1::AttackResult& result = attack.response.result();
  const std::vector<float> altered = Altered(attack);
  std::vector<std::vector<std::string>> rows;
  const int inputs = result.original_inputs_size();
  for (int i = 0; i < std::min(inputs, kMostRows); ++i) {
    rows.push_back({InputName(i), absl::StrFormat("%.4f", result.original_inputs(i)),
                    absl::StrFormat("%.4f", altered[static_cast<size_t>(i)]),
                    absl::StrFormat("%+.4f", result.difference(i))});
  }
  std::string table = RenderTable(
      {{"INPUT"}, {"BEFORE", Align::kRight}, {"AFTER", Align::kRight}, {"CHANGE", Align::kRight}},
      rows);
  if (inputs > kMostRows) absl::StrAppend(&table, "... and ", inputs - kMostRows, " more\n");
  return table;
}

}  // namespace

absl::Status CheckAttack(const AttackRun& attack) {
  const v1::AttackResult& result = attack.response.result();
  const bool is_whole = attack.response.has_result() && !attack.response.steps().empty() &&
                        result.original_inputs_size() > 0 &&
                        result.difference_size() == result.original_inputs_size();
  return is_whole ? absl::OkStatus()
                  : absl::InternalError("the server sent no whole result of the attack");
}

std::string RenderAttack(const AttackRun& attack, const Page& page) {
  const std::string text =
      absl::StrCat(SnapshotHeading(attack.job, attack.response.snapshot_index()), "\nfrom class ",
                   attack.response.result().original_label(), " to class ", attack.target_label,
                   ": ", OutcomeText(attack), "\n\n", RenderCourses(Courses(attack), page), "\n");
  if (IsImage(attack) && attack.response.image_shape().width() <= page.width) {
    return text + RenderAlteration(AlterationOf(attack), page);
  }
  return text + InputTable(attack);
}

picture::Canvas DrawAttack(const AttackRun& attack) {
  picture::Canvas canvas;
  const v1::AttackResult& result = attack.response.result();
  const picture::Rect area = picture::DrawHeading(
      &canvas,
      absl::StrCat("Attack: from class ", result.original_label(), " to class ",
                   attack.target_label),
      absl::StrCat(SnapshotHeading(attack.job, attack.response.snapshot_index()), ",  ",
                   OutcomeText(attack)));
  if (!IsImage(attack)) {
    DrawCourses(&canvas, area, Courses(attack), -1);
    return canvas;
  }
  const double upper = area.height * 0.52;
  DrawAlteration(&canvas, {area.left, area.top, area.width, upper}, AlterationOf(attack));
  DrawCourses(&canvas, {area.left, area.top + upper + 20, area.width, area.height - upper - 20},
              Courses(attack), -1);
  return canvas;
}

}  // namespace percept::cli
