#pragma once

#include <string>
#include <string_view>

namespace scalescope {

/// Checks the source text of an archive (an entry code/*.py) before LibTorch reads it. LibTorch runs parts of it while
/// it loads the archive: __setstate__, the default values of arguments, and the values of a class's constants. Such
/// code can do everything that TorchScript can. So __setstate__ is refused, and calls in these values as well;
/// torch.jit.save never writes them. Brackets, blocks and expressions that are nested so deeply that LibTorch's parser
/// would run out of stack are refused too.
/// @param name of the entry, for messages. @throws Unreadable
void check_script_source(std::string_view text, const std::string& name);

} // namespace scalescope
