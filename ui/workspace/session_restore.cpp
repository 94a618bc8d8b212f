#include "ui/workspace/session_restore.h"

#include "ui/workspace/workspace.h"

#include <algorithm>

namespace scalescope {

SessionRestore::SessionRestore(Workspace& workspace, Session session)
    : workspace_(workspace), session_(std::move(session)) {}

void SessionRestore::start() {
  if (session_.class_names != workspace_.class_file())
    workspace_.set_class_names(session_.class_names);
  if (session_.network) {
    open_network();
  } else {
    workspace_.set_results(session_.results);
    open_images();
  }
}

void SessionRestore::open_network() {
  connect(&workspace_.explorer(), &Explorer::network_opened, this, &SessionRestore::take_network);
  connect(&workspace_.explorer(), &Explorer::network_failed, this, &SessionRestore::open_images);
  workspace_.open_network(*session_.network, session_.input_size);
}

void SessionRestore::take_network() {
  Explorer& explorer = workspace_.explorer();
  if (!brings(explorer.network()->source))
    return;
  explorer.set_preprocessing(session_.preprocessing);
  if (!session_.layer.isEmpty())
    explorer.set_layer(session_.layer);
  workspace_.set_results(session_.results);
  open_images();
}

void SessionRestore::open_images() {
  if (session_.images.isEmpty())
    return drop_images();
  connect(&workspace_, &Workspace::images_taken, this, &SessionRestore::fill_stage, Qt::UniqueConnection);
  connect(&workspace_, &Workspace::images_failed, this, &SessionRestore::drop_images, Qt::UniqueConnection);
  workspace_.open_images(session_.images, session_.how);
}

void SessionRestore::drop_images() {
  workspace_.images().clear();
  fill_stage();
}

void SessionRestore::fill_stage() {
  workspace_.set_boxes(session_.boxes);
  const auto& samples = workspace_.images().samples().samples;
  const auto kept = std::ranges::find(samples, session_.sample, &Sample::id);
  int on_stage = samples.empty() ? -1 : 0;
  if (kept != samples.end())
    on_stage = static_cast<int>(kept - samples.begin());
  workspace_.images().set_current(on_stage);
  workspace_.explorer().restore_stage(on_stage < 0 ? std::nullopt : std::optional(samples[on_stage]), session_.cut,
                                      session_.edit);
  emit finished();
}

} // namespace scalescope
