#ifndef PERCEPT_TESTS_UNIT_STORAGE_FILE_SIZE_LIMIT_H_
#define PERCEPT_TESTS_UNIT_STORAGE_FILE_SIZE_LIMIT_H_

#include <sys/resource.h>

#include <csignal>

namespace percept::testing {

// Lets no file of this process grow beyond a size, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_;
  void (*const handler_)(int);
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_UNIT_STORAGE_FILE_SIZE_LIMIT_H_
