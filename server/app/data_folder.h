#ifndef PERCEPT_SERVER_APP_DATA_FOLDER_H_
#define PERCEPT_SERVER_APP_DATA_FOLDER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace percept::app {

// Where things lie in a data folder.
std::string DatabasePath(const std::string& data_dir);
std::string DatasetsPath(const std::string& data_dir);

// The folder a server keeps everything in, held against a second server for as long as this lives.
class DataFolder {
 public:
  // Makes the folder when missing and locks it. FailedPrecondition when another server holds it,
  // naming its process; PermissionDenied or Unavailable with the system's reason.
  static absl::StatusOr<std::unique_ptr<DataFolder>> Open(const std::string& path);

  // Forgets the address and releases the lock.
  ~DataFolder();

  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  std::string database_path() const { return DatabasePath(path_); }
  std::string datasets_path() const { return DatasetsPath(path_); }
  std::string uploads_path() const { return path_ + "/uploads"; }
  const std::string& path() const { return path_; }

  // Writes where the server listens into the file `grpc-address` or `http-address`, whole or not at
  // all.
  absl::Status PublishGrpcAddress(const std::string& address) const;
  absl::Status PublishHttpAddress(const std::string& address) const;

 private:
  DataFolder(std::string path, int lock_file) : path_(std::move(path)), lock_file_(lock_file) {}

  std::string grpc_address_path() const { return path_ + "/grpc-address"; }
  std::string http_address_path() const { return path_ + "/http-address"; }
  // Of a server that was killed, or of this one at its end.
  void ForgetAddresses() const;

  const std::string path_;
  const int lock_file_;  // Descriptor whose lock is held.
};

}  // namespace percept::app

#endif  // PERCEPT_SERVER_APP_DATA_FOLDER_H_
