#include "core/base/version.h"

namespace scalescope {

const char* scalescope_version() { return SCALESCOPE_VERSION; }

} // namespace scalescope
