#pragma once

#include "ui/workspace/work_guard.h"

class QWidget;

namespace scalescope {

class Workspace;

/// The workspace's questions as dialogs over a window.
[[nodiscard]] Questions question_dialogs(const Workspace& workspace, QWidget* window);

} // namespace scalescope
