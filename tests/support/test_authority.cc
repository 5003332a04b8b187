#include "tests/support/test_authority.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace percept::testing {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

void Check(bool ok) {
  if (ok) return;
  std::fprintf(stderr, "cannot make a certificate for the test\n");
  std::abort();
}

Key NewKey() { return Key(EVP_EC_gen("P-256"), EVP_PKEY_free); }

// What `write` writes.
template <typename Write>
std::string Pem(const Write& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  Check(write(bio.get()) == 1);
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &bytes);
  return std::string(bytes, static_cast<size_t>(length));
}

std::string PemOf(X509* certificate) {
  return Pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

void AddExtension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  Check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// Not signed yet.
Certificate NewCertificate(const std::string& name, absl::Duration validity, EVP_PKEY* key) {
  Certificate made(X509_new(), X509_free);
  X509* const certificate = made.get();
  X509_set_version(certificate, X509_VERSION_3);
  uint32_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial));
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial);
  const long start = -absl::ToInt64Seconds(absl::Hours(1));
  X509_gmtime_adj(X509_getm_notBefore(certificate), start);
  X509_gmtime_adj(X509_getm_notAfter(certificate), start + absl::ToInt64Seconds(validity));
  X509_set_pubkey(certificate, key);
  Check(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                                   0) == 1);
  return made;
}

}  // namespace

struct TestAuthority::State {
  Key key{nullptr, EVP_PKEY_free};
  Certificate certificate{nullptr, X509_free};
};

TestAuthority::TestAuthority() : state_(std::make_unique<State>()) {
  state_->key = NewKey();
  // Of a name of its own: two of one name are told apart by a signature that does not fit.
  uint32_t number = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof(number));
  state_->certificate =
      NewCertificate(absl::StrCat("Test authority ", number), absl::Hours(48), state_->key.get());
  X509* const certificate = state_->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  AddExtension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate, certificate, NID_key_usage, "critical,keyCertSign");
  Check(X509_sign(certificate, state_->key.get(), EVP_sha256()) > 0);
  certificate_ = PemOf(certificate);
}

TestAuthority::~TestAuthority() = default;

IssuedCertificate TestAuthority::Issue(const std::string& name, absl::Duration validity) {
  const Key key = NewKey();
  const Certificate certificate = NewCertificate(name, validity, key.get());
  X509* const issuer = state_->certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer));
  AddExtension(certificate.get(), issuer, NID_subject_alt_name,
               absl::StrCat("DNS:localhost,IP:127.0.0.1,DNS:", name));
  Check(X509_sign(certificate.get(), state_->key.get(), EVP_sha256()) > 0);
  return {PemOf(certificate.get()), Pem([&](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace percept::testing
