#pragma once

#include "ui/workspace/work_guard.h"

class QWidget;

namespace scalescope {

class Workspace;

/// Shows the workspace's questions as dialogs.
[[nodiscard]] Questions question_dialogs(const Workspace& workspace, QWidget* window);

} // namespace scalescope
