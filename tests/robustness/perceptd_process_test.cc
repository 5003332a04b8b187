// What the tests lean on when they run servers for long.
#include "tests/support/perceptd_process.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "gtest/gtest.h"

namespace percept::testing {
namespace {

// Has another program run in place of perceptd.
class InPlaceOfPerceptd {
 public:
  explicit InPlaceOfPerceptd(const char* program) {
    if (const char* named = std::getenv("PERCEPTD"); named != nullptr) before_ = named;
    setenv("PERCEPTD", program, /*replace=*/1);
  }
  ~InPlaceOfPerceptd() {
    before_.empty() ? unsetenv("PERCEPTD") : setenv("PERCEPTD", before_.c_str(), /*replace=*/1);
  }

  InPlaceOfPerceptd(const InPlaceOfPerceptd&) = delete;
  InPlaceOfPerceptd& operator=(const InPlaceOfPerceptd&) = delete;

 private:
  std::string before_;
};

TEST(PerceptdProcess, WritesMoreThanAPipeHoldsWhileNobodyAsksForIt) {
  const InPlaceOfPerceptd writer("/usr/bin/seq");
  PerceptdProcess process({"100000"});
  const auto end = static_cast<int>(syscall(SYS_pidfd_open, process.id(), 0));
  pollfd ended{.fd = end, .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&ended, 1, /*timeout=*/30'000), 1);
  close(end);
  EXPECT_EQ(process.WaitForExit(), 0);
  EXPECT_EQ(process.standard_output().size(), 588'895);
}

}  // namespace
}  // namespace percept::testing
