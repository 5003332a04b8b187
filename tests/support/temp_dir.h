#ifndef PERCEPT_TESTS_SUPPORT_TEMP_DIR_H_
#define PERCEPT_TESTS_SUPPORT_TEMP_DIR_H_

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace percept::testing {

// A fresh folder, removed with all it holds.
class TempDir {
 public:
  TempDir() : path_((std::filesystem::temp_directory_path() / "percept-test-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) abort();
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_TEMP_DIR_H_
