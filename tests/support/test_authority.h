#ifndef PERCEPT_TESTS_SUPPORT_TEST_AUTHORITY_H_
#define PERCEPT_TESTS_SUPPORT_TEST_AUTHORITY_H_

#include <memory>
#include <string>

#include "absl/time/time.h"

namespace percept::testing {

// A certificate and its key, in PEM.
struct IssuedCertificate {
  std::string certificate;
  std::string key;
};

// A certificate authority of a test's own, made in a millisecond. Not thread-safe.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();

  // In PEM.
  const std::string& certificate() const { return certificate_; }

  // A certificate of localhost, 127.0.0.1 and `name`, valid for so long from an hour ago on; it has
  // expired when that is less than an hour.
  IssuedCertificate Issue(const std::string& name, absl::Duration validity = absl::Hours(24));

 private:
  struct State;
  const std::unique_ptr<State> state_;
  std::string certificate_;
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_TEST_AUTHORITY_H_
