#ifndef PERCEPT_TESTS_UNIT_DATA_UPLOADS_FIXTURE_H_
#define PERCEPT_TESTS_UNIT_DATA_UPLOADS_FIXTURE_H_

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "server/base/status.h"
#include "server/data/uploads.h"
#include "tests/support/fake_clock.h"
#include "tests/support/memory_dataset_repository.h"
#include "tests/support/memory_upload_repository.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace percept::data {

inline constexpr char kCsv[] = "width,height,kind\n1,2,0\n3,4,1\n5,6,1\n7,8,0\n";

// Uploads over files in a folder of the test's own.
class UploadsTest : public ::testing::Test {
 protected:
  void SetUp() override { Restart(); }

  void Restart(Uploads::Options options = {}) {
    uploads_.reset();
    catalogue_ =
        std::make_unique<Catalogue>(Catalogue::Options{.assets_dir = folder_.File("assets"),
                                                       .content_dir = folder_.File("datasets")},
                                    &datasets_, &clock_);
    ASSERT_OK(catalogue_->Recover());
    options.folder = upload_dir();
    uploads_ = std::make_unique<Uploads>(std::move(options), &records_, catalogue_.get(), &clock_);
    ASSERT_OK(uploads_->Recover());
  }

  std::string upload_dir() const { return folder_.File("data/uploads"); }

  // What lies in a folder of the server, and in those below.
  std::vector<std::string> FilesIn(const std::string& name) const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.File(name)))
      files.push_back(std::filesystem::relative(entry.path(), folder_.File(name)).string());
    std::sort(files.begin(), files.end());
    return files;
  }

  absl::StatusOr<UploadRecord> Begin(const std::string& dataset_id, UploadSource source,
                                     const std::vector<std::string>& contents) {
    UploadRecord request;
    request.dataset_id = dataset_id;
    request.source = std::move(source);
    for (const std::string& content : contents) {
      request.files.push_back({.name = absl::StrCat("file", request.files.size()),
                               .size_bytes = static_cast<int64_t>(content.size())});
    }
    return uploads_->Create(request, "ada");
  }

  // Sends all of the files.
  absl::StatusOr<UploadRecord> Send(const std::string& dataset_id, UploadSource source,
                                    const std::vector<std::string>& contents) {
    PERCEPT_ASSIGN_OR_RETURN(UploadRecord upload, Begin(dataset_id, std::move(source), contents));
    for (size_t file = 0; file < contents.size(); ++file) {
      for (size_t offset = 0; offset < contents[file].size(); offset += Uploads::kMaxChunkBytes) {
        PERCEPT_ASSIGN_OR_RETURN(
            upload,
            uploads_->Append(upload.id, static_cast<int32_t>(file), static_cast<int64_t>(offset),
                             contents[file].substr(offset, Uploads::kMaxChunkBytes), {}));
      }
    }
    return upload;
  }

  absl::StatusOr<DatasetRecord> SendAndFinish(const std::string& dataset_id, UploadSource source,
                                              const std::vector<std::string>& contents) {
    PERCEPT_ASSIGN_OR_RETURN(const UploadRecord upload,
                             Send(dataset_id, std::move(source), contents));
    return uploads_->Finish(upload.id);
  }

  // Nothing is left of any upload, nor of a data set.
  void ExpectNothingLeft() const {
    EXPECT_THAT(FilesIn("data/uploads"), ::testing::IsEmpty());
    EXPECT_THAT(FilesIn("datasets"), ::testing::IsEmpty());
    EXPECT_THAT(records_.List()->uploads, ::testing::IsEmpty());
    EXPECT_EQ(*datasets_.Count(), 0);
  }

  const testing::TempDir folder_;
  testing::FakeClock clock_;
  testing::MemoryDatasetRepository datasets_;
  testing::MemoryUploadRepository records_;
  std::unique_ptr<Catalogue> catalogue_;
  std::unique_ptr<Uploads> uploads_;
};

inline const UploadSource kCsvSource{.format = UploadFormat::kCsv};
inline const UploadSource kIdxSource{.format = UploadFormat::kIdx};

}  // namespace percept::data

#endif  // PERCEPT_TESTS_UNIT_DATA_UPLOADS_FIXTURE_H_
