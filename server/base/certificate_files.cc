#include "server/base/certificate_files.h"

#include <pthread.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "server/base/logging.h"
#include "server/base/status.h"

namespace percept {
namespace {

constexpr char kChainOption[] = "--tls-cert";
constexpr char kKeyOption[] = "--tls-key";
constexpr char kClientCaOption[] = "--tls-client-ca";

// No certificate is as large, and no device is read to its end.
constexpr size_t kMaxFileBytes = 1 << 20;

template <auto Free>
struct Deleter {
  template <typename Object>
  void operator()(Object* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Context = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;

absl::StatusOr<std::string> ReadFile(absl::string_view option, const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string contents(kMaxFileBytes + 1, '\0');
  if (file) file.read(contents.data(), static_cast<std::streamsize>(contents.size()));
  if (!file.eof()) {
    const char* why = file.good() ? "it is larger than a MiB" : std::strerror(errno);
    return InvalidField(option, absl::StrCat("must be a file that can be read (", why, ")"),
                        Quoted(path));
  }
  contents.resize(static_cast<size_t>(file.gcount()));
  return contents;
}

Bio BioOf(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// In OpenSSL's words, such as "ee key too small".
std::string OpenSslReason() {
  const char* reason = ERR_reason_error_string(ERR_get_error());
  ERR_clear_error();
  return reason != nullptr ? reason : "OpenSSL refuses it";
}

// All certificates of a file; what else is in it is passed over. Empty when one is malformed.
std::vector<Certificate> ParseCertificates(const std::string& pem) {
  std::vector<Certificate> certificates;
  const Bio bio = BioOf(pem);
  for (;;) {
    Certificate next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (next == nullptr) break;
    certificates.push_back(std::move(next));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) certificates.clear();
  return certificates;
}

Key ParseKey(const std::string& pem) {
  // OpenSSL's own way to a passphrase is to ask on the terminal.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  const Bio bio = BioOf(pem);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return key;
}

// Whether OpenSSL will serve with them, which may find a key too weak.
absl::Status CheckChain(const CertificateFiles::Paths& paths, const Certificates& contents) {
  const std::vector<Certificate> chain = ParseCertificates(contents.chain);
  if (chain.empty()) {
    return InvalidField(kChainOption, "must be a certificate in PEM", Quoted(paths.chain));
  }
  const Key key = ParseKey(contents.key);
  if (key == nullptr) {
    return InvalidField(kKeyOption, "must be a private key in PEM without a passphrase",
                        Quoted(paths.key));
  }
  const Context context(SSL_CTX_new(TLS_server_method()));
  if (SSL_CTX_use_certificate(context.get(), chain.front().get()) != 1) {
    return InvalidField(kChainOption,
                        absl::StrCat("must be fit for a server (", OpenSslReason(), ")"),
                        Quoted(paths.chain));
  }
  if (X509_check_private_key(chain.front().get(), key.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) {
    ERR_clear_error();
    return InvalidField(kKeyOption, "must be the key of the certificate in --tls-cert",
                        Quoted(paths.key));
  }
  if (X509_cmp_current_time(X509_get0_notAfter(chain.front().get())) < 0) {
    log::Warning("the certificate has expired; clients will refuse it", {{"file", paths.chain}});
  }
  return absl::OkStatus();
}

absl::StatusOr<Certificates> Read(const CertificateFiles::Paths& paths) {
  Certificates contents;
  PERCEPT_ASSIGN_OR_RETURN(contents.chain, ReadFile(kChainOption, paths.chain));
  PERCEPT_ASSIGN_OR_RETURN(contents.key, ReadFile(kKeyOption, paths.key));
  PERCEPT_RETURN_IF_ERROR(CheckChain(paths, contents));
  if (paths.client_ca.empty()) return contents;
  PERCEPT_ASSIGN_OR_RETURN(contents.client_ca, ReadFile(kClientCaOption, paths.client_ca));
  // Without one, clients would not be asked for theirs.
  if (ParseCertificates(contents.client_ca).empty()) {
    return InvalidField(kClientCaOption, "must be certificates in PEM", Quoted(paths.client_ca));
  }
  return contents;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CertificateFiles>> CertificateFiles::Open(Paths paths,
                                                                         absl::Duration interval) {
  Stamps stamps = StampsOf(paths);
  PERCEPT_ASSIGN_OR_RETURN(Certificates contents, Read(paths));
  std::unique_ptr<CertificateFiles> files(
      new CertificateFiles(std::move(paths), std::move(stamps), std::move(contents)));
  files->thread_ = std::thread([self = files.get(), interval] {
    while (!self->stopped_.WaitForNotificationWithTimeout(interval)) self->Refresh();
  });
  pthread_setname_np(files->thread_.native_handle(), "certificates");
  return files;
}

CertificateFiles::CertificateFiles(Paths paths, Stamps stamps, Certificates certificates)
    : paths_(std::move(paths)),
      stamps_(std::move(stamps)),
      current_(std::make_shared<const Certificates>(std::move(certificates))) {}

CertificateFiles::~CertificateFiles() {
  stopped_.Notify();
  thread_.join();
}

std::shared_ptr<const Certificates> CertificateFiles::current() const {
  const absl::MutexLock lock(&mutex_);
  return current_;
}

void CertificateFiles::Refresh() {
  const absl::MutexLock lock(&mutex_);
  // Before the contents: what changes while they are read is seen next time.
  Stamps stamps = StampsOf(paths_);
  if (stamps == stamps_) return;
  stamps_ = std::move(stamps);
  absl::StatusOr<Certificates> contents = Read(paths_);
  if (!contents.ok()) {
    log::Warning("cannot use the changed certificate; keeping the one before",
                 {{"error", contents.status().message()}});
    return;
  }
  current_ = std::make_shared<const Certificates>(*std::move(contents));
  log::Info("the certificate has changed", {{"file", paths_.chain}});
}

CertificateFiles::Stamps CertificateFiles::StampsOf(const Paths& paths) {
  Stamps stamps;
  for (const std::string* path : {&paths.chain, &paths.key, &paths.client_ca}) {
    struct stat status = {};
    if (!path->empty()) stat(path->c_str(), &status);
    for (const int64_t part :
         {static_cast<int64_t>(status.st_ino), static_cast<int64_t>(status.st_size),
          static_cast<int64_t>(status.st_mtim.tv_sec),
          static_cast<int64_t>(status.st_mtim.tv_nsec)}) {
      stamps.push_back(part);
    }
  }
  return stamps;
}

}  // namespace percept
