#include "server/rpc/convert_access.h"

#include "server/base/status.h"

namespace percept::rpc {

v1::Visibility ToProto(Visibility visibility) {
  switch (visibility) {
    case Visibility::kPrivate:
      return v1::VISIBILITY_PRIVATE;
    case Visibility::kClass:
      return v1::VISIBILITY_CLASS;
    case Visibility::kPublic:
      return v1::VISIBILITY_PUBLIC;
  }
  return v1::VISIBILITY_UNSPECIFIED;
}

v1::Role ToProto(Role role) {
  switch (role) {
    case Role::kGuest:
      return v1::ROLE_GUEST;
    case Role::kViewer:
      return v1::ROLE_VIEWER;
    case Role::kStudent:
      return v1::ROLE_STUDENT;
    case Role::kInstructor:
      return v1::ROLE_INSTRUCTOR;
    case Role::kAdmin:
      return v1::ROLE_ADMIN;
  }
  return v1::ROLE_UNSPECIFIED;
}

absl::StatusOr<Visibility> VisibilityFromProto(absl::string_view field, v1::Visibility visibility) {
  switch (visibility) {
    case v1::VISIBILITY_PRIVATE:
      return Visibility::kPrivate;
    case v1::VISIBILITY_CLASS:
      return Visibility::kClass;
    case v1::VISIBILITY_PUBLIC:
      return Visibility::kPublic;
    default:
      return InvalidField(field,
                          "must be VISIBILITY_PRIVATE, VISIBILITY_CLASS or VISIBILITY_PUBLIC",
                          static_cast<int>(visibility));
  }
}

absl::StatusOr<Visibility> VisibilityOrDefault(absl::string_view field, v1::Visibility visibility) {
  if (visibility == v1::VISIBILITY_UNSPECIFIED) return Visibility::kClass;
  return VisibilityFromProto(field, visibility);
}

}  // namespace percept::rpc
