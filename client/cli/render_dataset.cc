#include "client/cli/render_dataset.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

#include "client/cli/format.h"
#include "client/cli/render_values.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

// Where it comes from, in a few words.
std::string Source(const v1::Dataset& dataset) {
  switch (dataset.source_case()) {
    case v1::Dataset::kGenerator:
      return Word(dataset.generator().generator());
    case v1::Dataset::kBinary:
      return absl::StrCat(ShortText(dataset.binary().dataset()), ", ",
                          dataset.binary().positive_label(), " against ",
                          dataset.binary().negative_label());
    case v1::Dataset::kDerived:
      return absl::StrCat("features of ", ShortText(dataset.derived().dataset()));
    case v1::Dataset::kNormalised:
      return absl::StrCat(ShortText(dataset.normalised().dataset()), ", normalised");
    case v1::Dataset::kUpload:
      return "upload";
    case v1::Dataset::kInstalled:
      return "installed";
    case v1::Dataset::SOURCE_NOT_SET:
      break;
  }
  return std::string(kNone);
}

std::string Examples(const v1::Dataset& dataset, v1::Split split) {
  for (const v1::SplitSummary& summary : dataset.splits()) {
    if (summary.split() == split) return FormatCount(summary.examples());
  }
  return "0";
}

// "10,000 examples; by class 980  1,135 …": the number of examples, and of each class.
std::string SplitText(const v1::SplitSummary& summary) {
  if (summary.examples() == 0) return "none";
  std::vector<std::string> counts;
  for (const int64_t count : summary.class_counts()) counts.push_back(FormatCount(count));
  return absl::StrCat(FormatCount(summary.examples()), " examples; by class ",
                      absl::StrJoin(counts, "  "));
}

std::string Inputs(const v1::Dataset& dataset) {
  if (!dataset.has_image_shape()) return FormatCount(dataset.inputs());
  const v1::ImageShape& shape = dataset.image_shape();
  return absl::StrFormat("%s  (%d x %d x %d)", FormatCount(dataset.inputs()), shape.height(),
                         shape.width(), shape.channels());
}

// "0.25 for validation, 0.1 for the test, seed 7": what was carved off the training examples.
std::string Carving(const v1::UploadSource& source) {
  std::vector<std::string> parts;
  if (source.validation_fraction() > 0) {
    parts.push_back(absl::StrCat(PlainText(source.validation_fraction()), " for validation"));
  }
  if (source.test_fraction() > 0) {
    parts.push_back(absl::StrCat(PlainText(source.test_fraction()), " for the test"));
  }
  if (parts.empty()) return "";
  return absl::StrCat(absl::StrJoin(parts, ", "), ", seed ", source.seed());
}

// What there is to say of the source beyond `Source`.
Fields SourceFields(const v1::Dataset& dataset) {
  switch (dataset.source_case()) {
    case v1::Dataset::kGenerator:
      return {{"seed", absl::StrCat(dataset.generator().seed())}};
    case v1::Dataset::kDerived: {
      const v1::DerivedSource& source = dataset.derived();
      Fields fields;
      for (int i = 0; i < source.features_size(); ++i) {
        fields.emplace_back(absl::StrCat("x", i), Printable(source.features(i)));
      }
      if (source.has_nonfinite_replacement()) {
        fields.emplace_back("non-finite",
                            absl::StrCat("becomes ", PlainText(source.nonfinite_replacement())));
      }
      return fields;
    }
    case v1::Dataset::kUpload: {
      const v1::UploadSource& source = dataset.upload();
      return {{"files", Printable(absl::StrJoin(source.file_names(), ", "))},
              {"label", Printable(source.label_column())},
              {"carved off", Carving(source)}};
    }
    case v1::Dataset::kInstalled:
      return {{"about", Printable(dataset.installed().description())}};
    default:
      return {};
  }
}

// "3 times, last 2026-11-23 21:00:00  (2 min ago)".
std::string TestReads(const v1::Dataset& dataset, absl::Time now) {
  if (dataset.test_read_count() == 0) return "";
  return absl::StrCat(
      CountText(dataset.test_read_count(), "time", "times"), ", last ",
      WhenText(dataset.has_last_test_read_time(), dataset.last_test_read_time(), now));
}

}  // namespace

std::string RenderDataset(const v1::Dataset& dataset, absl::Time now) {
  Fields fields = {{"from", Source(dataset)}};
  Append(&fields, SourceFields(dataset));
  Append(&fields, {{"inputs", Inputs(dataset)}, {"classes", absl::StrCat(dataset.classes())}});
  for (const v1::SplitSummary& summary : dataset.splits()) {
    fields.emplace_back(Word(summary.split()), SplitText(summary));
  }
  Append(&fields, {{"test read", TestReads(dataset, now)},
                   {"memory", FormatBytes(dataset.size_bytes())},
                   {"digest", Printable(dataset.digest())},
                   {"owner", Printable(dataset.owner())},
                   {"visible to", VisibilityText(dataset.visibility())},
                   {"created", WhenText(dataset.has_create_time(), dataset.create_time(), now)},
                   {"jobs", FormatCount(dataset.job_count())}});
  return absl::StrCat(Printable(dataset.name()), "\n", RenderFields(fields));
}

std::string RenderDatasets(const std::vector<v1::Dataset>& datasets) {
  const std::vector<Column> columns = {{"NAME"},
                                       {"FROM"},
                                       {"INPUTS", Align::kRight},
                                       {"CLASSES", Align::kRight},
                                       {"TRAIN", Align::kRight},
                                       {"VALIDATION", Align::kRight},
                                       {"TEST", Align::kRight},
                                       {"MEMORY", Align::kRight},
                                       {"JOBS", Align::kRight}};
  std::vector<std::vector<std::string>> rows;
  for (const v1::Dataset& dataset : datasets) {
    rows.push_back({ShortText(dataset.name()), Source(dataset), FormatCount(dataset.inputs()),
                    absl::StrCat(dataset.classes()), Examples(dataset, v1::SPLIT_TRAIN),
                    Examples(dataset, v1::SPLIT_VALIDATION), Examples(dataset, v1::SPLIT_TEST),
                    FormatBytes(dataset.size_bytes()), FormatCount(dataset.job_count())});
  }
  return RenderTable(columns, rows);
}

}  // namespace percept::cli
