#include "server/base/certificate_files.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"

#include "tests/support/temp_dir.h"
#include "tests/support/test_authority.h"

namespace percept {
namespace {

using ::testing::HasSubstr;
using testing::IssuedCertificate;

class CertificateFilesTest : public ::testing::Test {
 protected:
  CertificateFilesTest() { Write(authority_.Issue("first")); }

  void Write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
  void Write(const IssuedCertificate& issued) {
    Write(paths_.chain, issued.certificate);
    Write(paths_.key, issued.key);
  }

  absl::StatusOr<std::unique_ptr<CertificateFiles>> Open() {
    return CertificateFiles::Open(paths_, /*interval=*/absl::InfiniteDuration());
  }

  void ExpectRefused(const std::string& message) {
    const absl::Status status = Open().status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(status.message(), HasSubstr(message));
  }

  testing::TempDir folder_;
  testing::TestAuthority authority_;
  CertificateFiles::Paths paths_{folder_.File("server.pem"), folder_.File("server.key"), ""};
};

TEST_F(CertificateFilesTest, GiveWhatIsInThem) {
  const IssuedCertificate issued = authority_.Issue("host");
  Write(issued);
  Write(paths_.client_ca = folder_.File("ca.pem"), authority_.certificate());
  const auto files = Open();
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ((*files)->current()->chain, issued.certificate);
  EXPECT_EQ((*files)->current()->key, issued.key);
  EXPECT_EQ((*files)->current()->client_ca, authority_.certificate());
}

TEST_F(CertificateFilesTest, ThatCannotBeUsedAreNamed) {
  const IssuedCertificate other = authority_.Issue("other");
  Write(paths_.key, other.key);
  ExpectRefused("--tls-key: must be the key of the certificate in --tls-cert, got \"");
  Write(paths_.key, "nothing");
  ExpectRefused("--tls-key: must be a private key in PEM without a passphrase, got \"");
  Write(paths_.key, "");
  ExpectRefused("--tls-key: must be a private key in PEM without a passphrase, got \"");
  std::filesystem::remove(paths_.key);
  ExpectRefused("--tls-key: must be a file that can be read (No such file or directory), got \"");
  Write(other);
  Write(paths_.chain, other.certificate + "-----BEGIN CERTIFICATE-----\nAAAA\n");
  ExpectRefused("--tls-cert: must be a certificate in PEM, got \"");
  Write(paths_.chain, "");
  ExpectRefused("--tls-cert: must be a certificate in PEM, got \"");
  Write(paths_.chain, std::string(2 << 20, 'x'));
  ExpectRefused("--tls-cert: must be a file that can be read (it is larger than a MiB), got \"");
  Write(other);
  Write(paths_.client_ca = folder_.File("ca.pem"), other.key);
  ExpectRefused("--tls-client-ca: must be certificates in PEM, got \"");
  paths_.client_ca = folder_.path();
  ExpectRefused("--tls-client-ca: must be a file that can be read (Is a directory), got \"");
}

// An encrypted key, which OpenSSL would ask for the passphrase of on the terminal.
TEST_F(CertificateFilesTest, KeyWithAPassphraseIsRefused) {
  Write(paths_.key,
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
        "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgDj0nyCeJYbwICCAAw\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n");
  ExpectRefused("--tls-key: must be a private key in PEM without a passphrase");
}

TEST_F(CertificateFilesTest, ThatChangeAreTakenOver) {
  const auto files = Open();
  ASSERT_TRUE(files.ok()) << files.status();
  const auto before = (*files)->current();
  (*files)->Refresh();
  EXPECT_EQ((*files)->current(), before);
  const IssuedCertificate next = authority_.Issue("a-longer-name");
  Write(next);
  (*files)->Refresh();
  EXPECT_EQ((*files)->current()->chain, next.certificate);
}

TEST_F(CertificateFilesTest, ThatBreakLeaveWhatWasBefore) {
  const auto files = Open();
  ASSERT_TRUE(files.ok()) << files.status();
  const auto before = (*files)->current();
  const IssuedCertificate next = authority_.Issue("a-longer-name");
  Write(paths_.chain, next.certificate);  // Its key comes a moment later.
  (*files)->Refresh();
  EXPECT_EQ((*files)->current(), before);
  Write(paths_.key, next.key);
  (*files)->Refresh();
  EXPECT_EQ((*files)->current()->key, next.key);
  std::filesystem::remove(paths_.chain);
  (*files)->Refresh();
  EXPECT_EQ((*files)->current()->key, next.key);
}

TEST_F(CertificateFilesTest, AreLookedAtByThemselves) {
  const auto files = CertificateFiles::Open(paths_, absl::Milliseconds(1));
  ASSERT_TRUE(files.ok()) << files.status();
  const IssuedCertificate next = authority_.Issue("a-longer-name");
  Write(next);
  while ((*files)->current()->key != next.key) absl::SleepFor(absl::Milliseconds(1));
}

TEST_F(CertificateFilesTest, ThatHaveExpiredAreServedAllTheSame) {
  Write(authority_.Issue("old", absl::Minutes(1)));
  EXPECT_TRUE(Open().ok());
}

}  // namespace
}  // namespace percept
