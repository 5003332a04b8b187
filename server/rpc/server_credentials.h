#ifndef PERCEPT_SERVER_RPC_SERVER_CREDENTIALS_H_
#define PERCEPT_SERVER_RPC_SERVER_CREDENTIALS_H_

#include <memory>

#include <grpcpp/security/server_credentials.h>

#include "server/base/certificate_files.h"

namespace percept::rpc {

// TLS 1.2 and later with the newest certificates, which each new connection asks for; plain when
// `certificates` is null. They must outlive the server they are given to.
std::shared_ptr<grpc::ServerCredentials> CredentialsOf(
    std::shared_ptr<const CertificateFiles> certificates);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_SERVER_CREDENTIALS_H_
