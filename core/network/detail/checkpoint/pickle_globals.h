#pragma once
// The allow-list of the pickle machine, and what the names on it do.

#include "core/network/detail/checkpoint/pickle.h"

namespace scalescope::pickle {

/// What a global of Python stands for. @throws Unreadable naming it if it is not on the list.
[[nodiscard]] Value find_global(const std::string& module, const std::string& name, Dialect dialect);

/// The result of calling `function`, which find_global() gave.
[[nodiscard]] Value call(const Object* function, const std::vector<Object*>& arguments);

/// What a persistent id stands for, ('storage', class, key, location, elements[, view]); new storages are added.
[[nodiscard]] Value resolve(const Object* persistent_id, std::map<std::string, Storage>& storages);

} // namespace scalescope::pickle
