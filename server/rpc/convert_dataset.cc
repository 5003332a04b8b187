#include "server/rpc/convert_dataset.h"

#include "absl/status/status.h"

#include "server/base/status.h"
#include "server/rpc/convert_time.h"

namespace percept::rpc {
namespace {

absl::Status Refused(absl::string_view source, absl::string_view rule) {
  FieldViolations violations;
  violations.Add(absl::StrCat("dataset.", source), rule);
  return violations.ToStatus();
}

absl::Status NotSupported(absl::string_view source) {
  return WithReason(absl::UnimplementedError(absl::StrCat(
                        "dataset.", source, ": this server makes data sets by a generator only")),
                    "NOT_SUPPORTED");
}

}  // namespace

v1::Dataset ToProto(const data::DatasetRecord& record) {
  v1::Dataset dataset;
  dataset.set_name(absl::StrCat("datasets/", record.id));
  if (const auto* given = std::get_if<data::GeneratorSource>(&record.source)) {
    v1::GeneratorSource* source = dataset.mutable_generator();
    // The enumerations count alike, which convert_test.cc holds them to.
    source->set_generator(static_cast<v1::Generator>(given->generator));
    source->set_train_per_class(given->train_per_class);
    source->set_validation_per_class(given->validation_per_class);
    source->set_test_per_class(given->test_per_class);
    source->set_seed(given->seed);
  } else if (const auto* installed = std::get_if<data::InstalledSource>(&record.source)) {
    dataset.mutable_installed()->set_description(installed->description);
  }
  dataset.set_inputs(record.inputs);
  dataset.set_classes(record.classes);
  for (size_t split = 0; split < record.splits.size(); ++split) {
    v1::SplitSummary* summary = dataset.add_splits();
    summary->set_split(static_cast<v1::Split>(split + 1));
    summary->set_examples(record.splits[split].examples);
    for (const int64_t count : record.splits[split].class_counts) summary->add_class_counts(count);
  }
  if (record.image_shape.has_value()) {
    v1::ImageShape* shape = dataset.mutable_image_shape();
    shape->set_height(record.image_shape->height);
    shape->set_width(record.image_shape->width);
    shape->set_channels(record.image_shape->channels);
  }
  dataset.set_digest(record.digest);
  dataset.set_size_bytes(record.size_bytes);
  if (record.create_time != absl::InfinitePast())
    *dataset.mutable_create_time() = ToProto(record.create_time);
  dataset.set_owner(record.owner);
  return dataset;
}

absl::StatusOr<data::GeneratorSource> SourceFromProto(const v1::Dataset& dataset) {
  switch (dataset.source_case()) {
    case v1::Dataset::kGenerator:
      break;
    case v1::Dataset::SOURCE_NOT_SET:
      return Refused("source", "must be set; choose a generator");
    case v1::Dataset::kBinary:
      return NotSupported("binary");
    case v1::Dataset::kDerived:
      return NotSupported("derived");
    case v1::Dataset::kNormalised:
      return NotSupported("normalised");
    case v1::Dataset::kUpload:
      return Refused("upload", "must be left to the server; choose a generator");
    case v1::Dataset::kInstalled:
      return Refused("installed", "must be left to the server; choose a generator");
  }
  const v1::GeneratorSource& given = dataset.generator();
  if (!v1::Generator_IsValid(given.generator()) || given.generator() == v1::GENERATOR_UNSPECIFIED) {
    return InvalidField("dataset.generator.generator",
                        "must be one of the enumeration's values other than 0",
                        static_cast<int>(given.generator()));
  }
  data::GeneratorSource source;
  source.generator = static_cast<data::GeneratorKind>(given.generator());
  if (given.has_train_per_class()) source.train_per_class = given.train_per_class();
  if (given.has_validation_per_class()) source.validation_per_class = given.validation_per_class();
  if (given.has_test_per_class()) source.test_per_class = given.test_per_class();
  source.seed = given.seed();
  return source;
}

}  // namespace percept::rpc
