#ifndef PERCEPT_SERVER_BASE_CERTIFICATE_FILES_H_
#define PERCEPT_SERVER_BASE_CERTIFICATE_FILES_H_

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace percept {

// What a server proves itself with by TLS, and what it asks of clients. All in PEM.
struct Certificates {
  std::string chain;      // The server's own first, then those that signed it, if any.
  std::string key;        // Of the first.
  std::string client_ca;  // Whoever connects must show a certificate signed by one of these; empty:
                          // nobody is asked for one.
};

// The files of `Certificates`, followed as they change. What does not fit together is logged and
// changes nothing, so that a slip never takes a running server off the network. Thread-safe.
class CertificateFiles {
 public:
  struct Paths {
    std::string chain;
    std::string key;
    std::string client_ca;  // Empty: none.
  };

  // Reads the files and looks every `interval` whether they have changed. InvalidArgument naming
  // --tls-cert, --tls-key or --tls-client-ca when one cannot be used.
  static absl::StatusOr<std::unique_ptr<CertificateFiles>> Open(
      Paths paths, absl::Duration interval = absl::Seconds(1));

  ~CertificateFiles();

  // The newest that can be used; another object whenever they have changed.
  std::shared_ptr<const Certificates> current() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Looks now.
  void Refresh() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // What changes when a file is written or replaced.
  using Stamps = std::vector<int64_t>;

  CertificateFiles(Paths paths, Stamps stamps, Certificates certificates);
  static Stamps StampsOf(const Paths& paths);

  const Paths paths_;
  mutable absl::Mutex mutex_;
  Stamps stamps_
      ABSL_GUARDED_BY(mutex_);  // Of what was read last, whether it could be used or not.
  std::shared_ptr<const Certificates> current_ ABSL_GUARDED_BY(mutex_);
  absl::Notification stopped_;
  std::thread thread_;  // Started last; joined by the destructor.
};

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_CERTIFICATE_FILES_H_
