#include "server/rpc/convert_upload.h"

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/rpc/convert_time.h"

namespace percept::rpc {

v1::Upload ToProto(const data::UploadRecord& record) {
  v1::Upload upload;
  upload.set_name(absl::StrCat("uploads/", record.id));
  upload.set_dataset_id(record.dataset_id);
  // The enumerations count alike, which convert_upload_test.cc holds them to.
  upload.set_format(static_cast<v1::UploadFormat>(record.source.format));
  for (const data::UploadFile& given : record.files) {
    v1::UploadFile* file = upload.add_files();
    file->set_file_name(given.name);
    file->set_size_bytes(given.size_bytes);
    file->set_sha256(given.sha256);
    file->set_received_bytes(given.received_bytes);
  }
  upload.set_label_column(record.source.label_column);
  upload.set_validation_fraction(record.source.validation_fraction);
  upload.set_test_fraction(record.source.test_fraction);
  upload.set_seed(record.source.seed);
  *upload.mutable_expire_time() = ToProto(record.expire_time);
  return upload;
}

absl::StatusOr<data::UploadRecord> UploadFromProto(const v1::Upload& upload) {
  if (!v1::UploadFormat_IsValid(upload.format()) ||
      upload.format() == v1::UPLOAD_FORMAT_UNSPECIFIED) {
    return InvalidField("upload.format", "must be one of the enumeration's values other than 0",
                        static_cast<int>(upload.format()));
  }
  data::UploadRecord record;
  record.dataset_id = upload.dataset_id();
  record.source.format = static_cast<data::UploadFormat>(upload.format());
  record.source.label_column = upload.label_column();
  record.source.validation_fraction = upload.validation_fraction();
  record.source.test_fraction = upload.test_fraction();
  record.source.seed = upload.seed();
  for (const v1::UploadFile& given : upload.files()) {
    data::UploadFile file;
    file.name = given.file_name();
    file.size_bytes = given.size_bytes();
    file.sha256 = given.sha256();
    record.files.push_back(file);
    record.source.file_names.push_back(file.name);
  }
  return record;
}

}  // namespace percept::rpc
