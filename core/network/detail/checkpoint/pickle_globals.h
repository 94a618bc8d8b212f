#pragma once
// The allow-list of the pickle reader, and the effects of its names.

#include "core/network/detail/checkpoint/pickle.h"

namespace scalescope::pickle {

/// The meaning of a Python global. @throws Unreadable with its name if it is not on the list.
[[nodiscard]] Value find_global(const std::string& module, const std::string& name, Dialect dialect);

/// The result of calling `function`, which find_global() gave.
[[nodiscard]] Value call(const Object* function, const std::vector<Object*>& arguments);

/// The meaning of a persistent id, ('storage', class, key, location, elements[, view]); new storages are added.
[[nodiscard]] Value resolve(const Object* persistent_id, std::map<std::string, Storage>& storages);

} // namespace scalescope::pickle
