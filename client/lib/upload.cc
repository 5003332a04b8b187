#include "client/lib/upload.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "client/lib/local_file.h"
#include "client/lib/rpc_status.h"

namespace percept::client {
namespace {

class Uploader {
 public:
  Uploader(Client& client, const UploadOptions& options, UploadVisitor& visitor)
      : client_(client),
        options_(options),
        visitor_(visitor),
        upload_(options.upload),
        backoff_(options.backoff, random_) {}

  absl::StatusOr<v1::Dataset> Run() {
    absl::Status status = Describe();
    if (status.ok()) status = Create();
    if (!status.ok()) return status;
    last_progress_ = absl::Now();
    status = Send();
    if (status.ok()) {
      absl::StatusOr<v1::Dataset> dataset = Finish();
      if (dataset.ok()) return dataset;
      status = dataset.status();
    }
    Abandon();
    return status;
  }

 private:
  // Opens the files and reads them once for their checksums.
  absl::Status Describe() {
    for (const std::string& path : options_.paths) {
      absl::StatusOr<LocalFile> file = LocalFile::Open(path);
      if (!file.ok()) return file.status();
      total_bytes_ += file->size_bytes();
      files_.push_back(*std::move(file));
    }
    int64_t before = 0;
    for (const LocalFile& file : files_) {
      const auto proceed = [&](int64_t read) {
        visitor_.OnProgress(UploadPhase::kHashing, before + read, total_bytes_);
        return Cancelled() ? absl::CancelledError("interrupted") : absl::OkStatus();
      };
      absl::StatusOr<std::string> sha256 = file.Sha256(proceed);
      if (!sha256.ok()) return sha256.status();
      v1::UploadFile& description = *upload_.add_files();
      description.set_file_name(file.file_name());
      description.set_size_bytes(file.size_bytes());
      description.set_sha256(*std::move(sha256));
      before += file.size_bytes();
    }
    return absl::OkStatus();
  }

  absl::Status Create() {
    v1::CreateUploadRequest request;
    *request.mutable_upload() = upload_;
    return Take(client_.CreateUpload(request));
  }

  absl::Status Send() {
    for (size_t i = 0; i < files_.size(); ++i) {
      while (Received(i) < files_[i].size_bytes()) {
        absl::Status status = SendChunk(i);
        if (!status.ok()) return status;
      }
    }
    return absl::OkStatus();
  }

  // Brings the file's next bytes to the server, or finds out how many it has.
  absl::Status SendChunk(size_t i) {
    const int64_t offset = Received(i);
    const int64_t size = std::min(options_.chunk_bytes, files_[i].size_bytes() - offset);
    absl::StatusOr<std::string> data = files_[i].Read(offset, size);
    if (!data.ok()) return data.status();
    v1::UploadChunkRequest request;
    request.set_name(upload_.name());
    request.set_file_index(static_cast<int32_t>(i));
    request.set_offset(offset);
    request.set_data(*std::move(data));
    const absl::StatusOr<v1::Upload> upload = client_.UploadChunk(request);
    // The server may have the chunk although its answer was lost, and then says that it is late.
    if (IsTransient(upload.status()) || absl::IsOutOfRange(upload.status())) {
      return Resynchronise(upload.status());
    }
    absl::Status status = Take(upload);
    if (!status.ok()) return status;
    if (Received(i) != offset + size) {
      return absl::InternalError(absl::StrCat("the server counts ", Received(i), " bytes of ",
                                              files_[i].path(), " where ", offset + size,
                                              " were sent"));
    }
    NoteProgress();
    return absl::OkStatus();
  }

  // Asks the server, until it is back, how far the upload has come.
  absl::Status Resynchronise(const absl::Status& why) {
    v1::GetUploadRequest request;
    request.set_name(upload_.name());
    const int64_t before = SentBytes();
    absl::Status status = Pause(why);
    while (status.ok()) {
      const absl::StatusOr<v1::Upload> upload = client_.GetUpload(request);
      status = IsTransient(upload.status()) ? Pause(upload.status()) : Take(upload);
      if (upload.ok()) break;
    }
    if (!status.ok()) return status;
    if (SentBytes() > before) {
      NoteProgress();
    } else if (absl::IsOutOfRange(why)) {
      return why;  // It would say so again.
    }
    return absl::OkStatus();
  }

  absl::StatusOr<v1::Dataset> Finish() {
    visitor_.OnProgress(UploadPhase::kFinishing, total_bytes_, total_bytes_);
    v1::FinishUploadRequest request;
    request.set_name(upload_.name());
    last_progress_ = absl::Now();
    while (true) {
      absl::StatusOr<v1::Dataset> dataset = client_.FinishUpload(request);
      if (!IsTransient(dataset.status())) {
        NoteContact();
        return dataset;
      }
      const absl::Status status = Pause(dataset.status());
      if (!status.ok()) return status;
    }
  }

  // Waits before the next attempt; `why` when it has been in vain for too long.
  absl::Status Pause(const absl::Status& why) {
    if (absl::Now() - last_progress_ >= options_.give_up_after) return why;
    if (IsTransient(why) && connected_) {
      connected_ = false;
      visitor_.OnDisconnected(why);
    }
    if (client_.WaitToRetry(backoff_.Next())) return absl::CancelledError("interrupted");
    return absl::OkStatus();
  }

  // Deletes what was sent; without success it expires by itself.
  void Abandon() {
    v1::DeleteUploadRequest request;
    request.set_name(upload_.name());
    client_.DeleteUpload(request).IgnoreError();
  }

  // Keeps what the server says of the upload.
  absl::Status Take(const absl::StatusOr<v1::Upload>& upload) {
    if (!upload.ok()) return upload.status();
    if (upload->files_size() != static_cast<int>(files_.size())) {
      return absl::InternalError(absl::StrCat("the server knows ", upload->files_size(),
                                              " files of an upload of ", files_.size()));
    }
    upload_ = *upload;
    NoteContact();
    return absl::OkStatus();
  }

  void NoteContact() {
    if (!connected_) visitor_.OnReconnected();
    connected_ = true;
  }

  void NoteProgress() {
    last_progress_ = absl::Now();
    backoff_.Reset();
    visitor_.OnProgress(UploadPhase::kSending, SentBytes(), total_bytes_);
  }

  int64_t Received(size_t i) const { return upload_.files(static_cast<int>(i)).received_bytes(); }

  int64_t SentBytes() const {
    int64_t sent = 0;
    for (const v1::UploadFile& file : upload_.files()) sent += file.received_bytes();
    return sent;
  }

  bool Cancelled() const { return IsCancelled(client_.options().cancellation); }

  Client& client_;
  const UploadOptions& options_;
  UploadVisitor& visitor_;
  std::vector<LocalFile> files_;
  int64_t total_bytes_ = 0;
  v1::Upload upload_;  // As the server last described it.
  absl::BitGen random_;
  Backoff backoff_;
  absl::Time last_progress_;
  bool connected_ = true;
};

}  // namespace

absl::StatusOr<v1::Dataset> UploadFiles(Client& client, const UploadOptions& options,
                                        UploadVisitor& visitor) {
  return Uploader(client, options, visitor).Run();
}

}  // namespace percept::client
