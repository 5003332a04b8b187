#include "server/rpc/convert_dataset.h"

#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/rpc/convert_access.h"
#include "server/rpc/convert_time.h"
#include "server/rpc/resource_names.h"

namespace percept::rpc {
namespace {

constexpr absl::string_view kChoice = "choose generator, binary, derived or normalised";

absl::Status Refused(absl::string_view source, absl::string_view rule) {
  FieldViolations violations;
  violations.Add(absl::StrCat("dataset.", source), absl::StrCat(rule, "; ", kChoice));
  return violations.ToStatus();
}

std::string NameOf(absl::string_view id) { return absl::StrCat("datasets/", id); }

// Writes each kind of source into a resource.
struct SourceWriter {
  v1::Dataset& dataset;

  void operator()(const data::GeneratorSource& given) const {
    v1::GeneratorSource* source = dataset.mutable_generator();
    // The enumerations count alike, which convert_dataset_test.cc holds them to.
    source->set_generator(static_cast<v1::Generator>(given.generator));
    source->set_train_per_class(given.train_per_class);
    source->set_validation_per_class(given.validation_per_class);
    source->set_test_per_class(given.test_per_class);
    source->set_seed(given.seed);
  }
  void operator()(const data::BinarySource& given) const {
    v1::BinarySource* source = dataset.mutable_binary();
    source->set_dataset(NameOf(given.dataset));
    source->set_positive_label(given.positive_label);
    source->set_negative_label(given.negative_label);
  }
  void operator()(const data::DerivedSource& given) const {
    v1::DerivedSource* source = dataset.mutable_derived();
    source->set_dataset(NameOf(given.dataset));
    for (const std::string& feature : given.features) source->add_features(feature);
    if (given.nonfinite_replacement.has_value())
      source->set_nonfinite_replacement(*given.nonfinite_replacement);
  }
  void operator()(const data::NormalisedSource& given) const {
    dataset.mutable_normalised()->set_dataset(NameOf(given.dataset));
  }
  void operator()(const data::UploadSource& given) const {
    v1::UploadSource* source = dataset.mutable_upload();
    for (const std::string& name : given.file_names) source->add_file_names(name);
    source->set_label_column(given.label_column);
    source->set_validation_fraction(given.validation_fraction);
    source->set_test_fraction(given.test_fraction);
    source->set_seed(given.seed);
  }
  void operator()(const data::InstalledSource& given) const {
    dataset.mutable_installed()->set_description(given.description);
  }
};

absl::StatusOr<data::Source> GeneratorFromProto(const v1::GeneratorSource& given) {
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

absl::StatusOr<data::Source> BinaryFromProto(const v1::BinarySource& given) {
  data::BinarySource source;
  PERCEPT_ASSIGN_OR_RETURN(source.dataset,
                           ParseName("dataset.binary.dataset", "datasets", given.dataset()));
  source.positive_label = given.positive_label();
  source.negative_label = given.negative_label();
  return source;
}

absl::StatusOr<data::Source> DerivedFromProto(const v1::DerivedSource& given) {
  data::DerivedSource source;
  PERCEPT_ASSIGN_OR_RETURN(source.dataset,
                           ParseName("dataset.derived.dataset", "datasets", given.dataset()));
  source.features.assign(given.features().begin(), given.features().end());
  if (given.has_nonfinite_replacement())
    source.nonfinite_replacement = given.nonfinite_replacement();
  return source;
}

absl::StatusOr<data::Source> NormalisedFromProto(const v1::NormalisedSource& given) {
  data::NormalisedSource source;
  PERCEPT_ASSIGN_OR_RETURN(source.dataset,
                           ParseName("dataset.normalised.dataset", "datasets", given.dataset()));
  return source;
}

}  // namespace

v1::ImageShape ToProto(const data::ImageShape& shape) {
  v1::ImageShape proto;
  proto.set_height(shape.height);
  proto.set_width(shape.width);
  proto.set_channels(shape.channels);
  return proto;
}

v1::Dataset ToProto(const data::DatasetRecord& record) {
  v1::Dataset dataset;
  dataset.set_name(NameOf(record.id));
  std::visit(SourceWriter{dataset}, record.source);
  dataset.set_inputs(record.inputs);
  dataset.set_classes(record.classes);
  for (size_t split = 0; split < record.splits.size(); ++split) {
    v1::SplitSummary* summary = dataset.add_splits();
    summary->set_split(static_cast<v1::Split>(split + 1));
    summary->set_examples(record.splits[split].examples);
    for (const int64_t count : record.splits[split].class_counts) summary->add_class_counts(count);
  }
  if (record.image_shape.has_value()) {
    *dataset.mutable_image_shape() = ToProto(*record.image_shape);
  }
  dataset.set_digest(record.digest);
  dataset.set_size_bytes(record.size_bytes);
  if (record.create_time != absl::InfinitePast())
    *dataset.mutable_create_time() = ToProto(record.create_time);
  dataset.set_owner(record.owner);
  dataset.set_visibility(ToProto(record.visibility));
  dataset.set_test_read_count(record.test_read_count);
  if (record.last_test_read_time.has_value())
    *dataset.mutable_last_test_read_time() = ToProto(*record.last_test_read_time);
  return dataset;
}

absl::StatusOr<data::Source> SourceFromProto(const v1::Dataset& dataset) {
  switch (dataset.source_case()) {
    case v1::Dataset::kGenerator:
      return GeneratorFromProto(dataset.generator());
    case v1::Dataset::kBinary:
      return BinaryFromProto(dataset.binary());
    case v1::Dataset::kDerived:
      return DerivedFromProto(dataset.derived());
    case v1::Dataset::kNormalised:
      return NormalisedFromProto(dataset.normalised());
    case v1::Dataset::kUpload:
      return Refused("upload", "must be left to the server, which makes it of an upload");
    case v1::Dataset::kInstalled:
      return Refused("installed", "must be left to the server");
    case v1::Dataset::SOURCE_NOT_SET:
      break;
  }
  return Refused("source", "must be set");
}

}  // namespace percept::rpc
