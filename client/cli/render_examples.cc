#include "client/cli/render_examples.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"

#include "client/cli/format.h"
#include "client/cli/render_json.h"
#include "client/cli/render_pictures.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

constexpr int kInputWidth = 10;  // Of a column of inputs, with the blanks before it.
constexpr int kOtherWidth = 24;  // Of the columns of index and label, and of the note.

int ExampleCount(const v1::ReadExamplesResponse& page) {
  return std::min(page.indices_size(), page.labels_size());
}

// Inputs of each example.
int InputCount(const v1::ReadExamplesResponse& page) {
  return ExampleCount(page) == 0 ? 0 : page.inputs_size() / ExampleCount(page);
}

absl::Span<const float> ExampleInputs(const v1::ReadExamplesResponse& page, int i) {
  const auto inputs = static_cast<size_t>(InputCount(page));
  return absl::MakeConstSpan(page.inputs().data() + static_cast<size_t>(i) * inputs, inputs);
}

std::string InputText(float value) { return absl::StrFormat("%.4g", value); }

std::string RenderTableOf(const std::vector<v1::ReadExamplesResponse>& pages, int width) {
  int inputs = 0;
  for (const v1::ReadExamplesResponse& page : pages) inputs = std::max(inputs, InputCount(page));
  const int shown = std::min(inputs, std::max(1, (width - kOtherWidth) / kInputWidth));
  std::vector<Column> columns = {{"INDEX", Align::kRight}, {"LABEL", Align::kRight}};
  for (int d = 0; d < shown; ++d) columns.push_back({absl::StrCat("x", d), Align::kRight});
  if (shown < inputs) columns.push_back({absl::StrCat("... x", inputs - 1)});
  std::vector<std::vector<std::string>> rows;
  for (const v1::ReadExamplesResponse& page : pages) {
    const int stride = InputCount(page);
    for (int i = 0; i < ExampleCount(page); ++i) {
      std::vector<std::string> row = {FormatCount(page.indices(i)), absl::StrCat(page.labels(i))};
      for (int d = 0; d < shown; ++d) {
        row.push_back(d < stride ? InputText(page.inputs(i * stride + d)) : "");
      }
      if (shown < inputs) row.emplace_back();
      rows.push_back(std::move(row));
    }
  }
  return RenderTable(columns, rows);
}

}  // namespace

void ExamplesPrinter::Print(const v1::ReadExamplesResponse& page) {
  if (!session_.json()) {
    pages_.push_back(page);
    return;
  }
  std::string lines;
  for (int i = 0; i < ExampleCount(page); ++i) {
    absl::StrAppend(&lines, RenderExampleJson(page, i), "\n");
  }
  session_.Print(lines);
}

void ExamplesPrinter::Finish() {
  if (session_.json()) return;
  session_.Print(RenderExamples(pages_, shape_, PageOf(session_.out())));
}

std::string RenderExampleJson(const v1::ReadExamplesResponse& page, int i) {
  const std::string values = absl::StrJoin(
      ExampleInputs(page, i), ",",
      [](std::string* out, float value) { absl::StrAppend(out, RenderJsonNumber(value)); });
  return absl::StrCat("{\"index\":", page.indices(i), ",\"label\":", page.labels(i),
                      ",\"inputs\":[", values, "]}");
}

std::string RenderExamples(const std::vector<v1::ReadExamplesResponse>& pages,
                           const v1::ImageShape& shape, const Page& page) {
  std::vector<Picture> pictures;
  for (const v1::ReadExamplesResponse& answer : pages) {
    const int inputs = InputCount(answer);
    for (int i = 0; i < ExampleCount(answer); ++i) {
      if (!CanDraw(shape, inputs, page.width)) return RenderTableOf(pages, page.width);
      pictures.push_back({answer.indices(i), answer.labels(i), ExampleInputs(answer, i)});
    }
  }
  return pictures.empty() ? RenderTableOf(pages, page.width)
                          : RenderPictures(pictures, shape, page);
}

}  // namespace percept::cli
