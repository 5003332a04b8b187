#ifndef PERCEPT_TESTS_UNIT_CLIENT_FAKE_DATASET_SERVER_H_
#define PERCEPT_TESTS_UNIT_CLIENT_FAKE_DATASET_SERVER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "percept/v1/dataset_service.grpc.pb.h"

namespace percept::client {

// Keeps one upload in memory, on a free loopback port, and fails where its test says. An export
// sends the pieces it was given.
class FakeDatasetServer final : public v1::DatasetService::Service {
 public:
  // Looks at the n-th call (from 0) of a method, such as "UploadChunk"; what is not OK becomes its
  // answer. `before` tells whether the call has had its effect yet.
  using Fault = std::function<grpc::Status(const std::string& method, int n, bool before)>;

  explicit FakeDatasetServer(Fault fault = nullptr) : fault_(std::move(fault)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakeDatasetServer() override { server_->Shutdown(std::chrono::system_clock::now()); }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

  // Calls of a method so far.
  int calls(const std::string& method) const {
    absl::MutexLock lock(&mutex_);
    const auto found = calls_.find(method);
    return found == calls_.end() ? 0 : found->second;
  }
  // What arrived, file by file.
  std::vector<std::string> contents() const {
    absl::MutexLock lock(&mutex_);
    return contents_;
  }
  v1::Upload upload() const {
    absl::MutexLock lock(&mutex_);
    return upload_;
  }
  bool deleted() const {
    absl::MutexLock lock(&mutex_);
    return deleted_;
  }
  void set_export(std::vector<v1::ExportDatasetResponse> pieces) { export_ = std::move(pieces); }

  grpc::Status CreateUpload(grpc::ServerContext*, const v1::CreateUploadRequest* request,
                            v1::Upload* upload) override {
    return Serve("CreateUpload", upload, [&] {
      mutex_.AssertHeld();
      upload_ = request->upload();
      upload_.set_name("uploads/u");
      contents_.resize(static_cast<size_t>(upload_.files_size()));
      return grpc::Status::OK;
    });
  }
  grpc::Status GetUpload(grpc::ServerContext*, const v1::GetUploadRequest*,
                         v1::Upload* upload) override {
    return Serve("GetUpload", upload, [] { return grpc::Status::OK; });
  }
  grpc::Status UploadChunk(grpc::ServerContext*, const v1::UploadChunkRequest* request,
                           v1::Upload* upload) override {
    return Serve("UploadChunk", upload, [&] {
      mutex_.AssertHeld();
      std::string& content = contents_[static_cast<size_t>(request->file_index())];
      if (request->offset() != static_cast<int64_t>(content.size())) {
        return grpc::Status(grpc::StatusCode::OUT_OF_RANGE, "offset: not the end", "details");
      }
      content += request->data();
      return grpc::Status::OK;
    });
  }
  grpc::Status FinishUpload(grpc::ServerContext*, const v1::FinishUploadRequest*,
                            v1::Dataset* dataset) override {
    v1::Upload upload;
    const grpc::Status status = Serve("FinishUpload", &upload, [] { return grpc::Status::OK; });
    dataset->set_name(absl::StrCat("datasets/", upload.dataset_id()));
    return status;
  }
  grpc::Status DeleteUpload(grpc::ServerContext*, const v1::DeleteUploadRequest* request,
                            google::protobuf::Empty*) override {
    v1::Upload ignored;
    return Serve("DeleteUpload", &ignored, [&] {
      mutex_.AssertHeld();
      deleted_ = request->name() == upload_.name();
      return grpc::Status::OK;
    });
  }
  grpc::Status ReadExamples(grpc::ServerContext*, const v1::ReadExamplesRequest*,
                            v1::ReadExamplesResponse*) override {
    v1::Upload ignored;
    return Serve("ReadExamples", &ignored, [] { return grpc::Status::OK; });
  }
  grpc::Status ExportDataset(grpc::ServerContext*, const v1::ExportDatasetRequest*,
                             grpc::ServerWriter<v1::ExportDatasetResponse>* writer) override {
    for (const v1::ExportDatasetResponse& piece : export_) writer->Write(piece);
    return fault_ == nullptr ? grpc::Status::OK : fault_("ExportDataset", 0, true);
  }

 private:
  // Runs a method between the two chances to fail, and describes the upload.
  grpc::Status Serve(const std::string& method, v1::Upload* upload,
                     const std::function<grpc::Status()>& act) {
    int n;
    {
      absl::MutexLock lock(&mutex_);
      n = calls_[method]++;
    }
    if (fault_ != nullptr) {
      const grpc::Status status = fault_(method, n, /*before=*/true);
      if (!status.ok()) return status;
    }
    {
      absl::MutexLock lock(&mutex_);
      const grpc::Status status = act();
      if (!status.ok()) return status;
      for (size_t i = 0; i < contents_.size(); ++i) {
        upload_.mutable_files(static_cast<int>(i))
            ->set_received_bytes(static_cast<int64_t>(contents_[i].size()));
      }
      *upload = upload_;
    }
    return fault_ == nullptr ? grpc::Status::OK : fault_(method, n, /*before=*/false);
  }

  const Fault fault_;
  std::vector<v1::ExportDatasetResponse> export_;  // Set before the first call.
  mutable absl::Mutex mutex_;
  std::map<std::string, int> calls_ ABSL_GUARDED_BY(mutex_);
  v1::Upload upload_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> contents_ ABSL_GUARDED_BY(mutex_);
  bool deleted_ ABSL_GUARDED_BY(mutex_) = false;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace percept::client

#endif  // PERCEPT_TESTS_UNIT_CLIENT_FAKE_DATASET_SERVER_H_
