#include "platform/status.h"

namespace kinglet {

const char* error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::ok: return "ok";
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::file_unreadable: return "file_unreadable";
    case ErrorCode::file_malformed: return "file_malformed";
    case ErrorCode::unsupported_model: return "unsupported_model";
    case ErrorCode::out_of_memory: return "out_of_memory";
    case ErrorCode::isa_unavailable: return "isa_unavailable";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::internal_error: return "internal_error";
  }
  return "unknown";
}

}  // namespace kinglet
