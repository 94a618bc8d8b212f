#include "ui/window/demo.h"

#include "core/base/installed.h"
#include "core/network/installed_models.h"
#include "core/network/network.h"
#include "core/prune/truncation_point.h"
#include "datasets/scenes.h"
#include "datasets/write_scenes.h"
#include "ui/workspace/workspace.h"

#include <QPointer>
#include <QStandardPaths>

#include <fmt/format.h>

namespace scalescope {
namespace {

namespace fs = std::filesystem;

struct Scenes {
  int count;
  std::uint32_t seed;
};
constexpr Scenes measured_scenes{200, 1};
constexpr Scenes first{
    1, 41}; // the scene on the stage at the start. It is not among the measured ones, and is read well at most scales

// A folder of this name contains exactly these scenes, because it appears complete or not at all.
fs::path folder_of(const Scenes& scenes) {
  const fs::path data = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation).toStdString();
  return data / fmt::format("scalescope/scenes-{}-seed-{}", scenes.count, scenes.seed);
}

QString drawn(const Scenes& scenes) {
  const fs::path folder = folder_of(scenes);
  if (!fs::exists(folder / "classes.txt"))
    write_scenes(folder, scenes.count, {.seed = scenes.seed});
  return QString::fromStdString(folder.string());
}

} // namespace

QString Demo::missing() {
  QStringList what;
  if (find_installed_model("efficientnet_lite0").empty())
    what << tr("the network EfficientNet-Lite0");
  if (find_installed("photos/photos.csv").empty())
    what << tr("the photographs");
  return what.isEmpty() ? QString()
                        : tr("The demonstration needs %1; run packaging/install-dependencies to install what is "
                             "missing. Everything else works.")
                              .arg(what.join(tr(" and ")));
}

Demo::Demo(Workspace& workspace, QObject* parent) : QObject(parent), workspace_(workspace) {
  if (find_installed_model("efficientnet_lite0").empty()) {
    deleteLater(); // without a network nothing can be measured
  } else {
    Explorer* explorer = &workspace.explorer();
    connect(explorer, &Explorer::network_opened, this, &Demo::measure);
    connect(explorer, &Explorer::network_failed, this, &QObject::deleteLater);
    connect(explorer, &Explorer::object_taken, this, &Demo::measure);
    connect(&workspace, &Workspace::images_kept, this,
            &QObject::deleteLater); // if these were the demonstration's images, it would wait forever
    workspace.open_network(QStringLiteral("efficientnet_lite0"));
  }
  workspace.files().run([workspace = &workspace]() -> std::function<void()> {
    QStringList images{drawn(first)};
    if (const fs::path photos = find_installed("photos/photos.csv"); !photos.empty())
      images << QString::fromStdString(photos.parent_path().string());
    images << drawn(measured_scenes);
    return [workspace, images] { workspace->open_images(images); };
  });
}

// Starts the analysis once the network and an object are open. It uses only the scenes, because three photographs are
// too few.
void Demo::measure() {
  Explorer& explorer = workspace_.explorer();
  const auto& network = explorer.network();
  if (!network || !explorer.has_object())
    return;
  SampleSet scenes = workspace_.images().samples();
  const fs::path folder = folder_of(measured_scenes) / "";
  std::erase_if(scenes.samples, [&](const Sample& one) { return !one.file.string().starts_with(folder.string()); });
  if (scenes.samples.size() != measured_scenes.count)
    return; // other images are open
  scenes.name = fmt::format("{} synthetic scenes", measured_scenes.count);
  AnalyzeJob job;
  job.network = choice_of(*network);
  job.data = folder_of(measured_scenes).string();
  job.read.keep_going = true;      // as every analysis of the window
  job.controls = {"random-scale"}; // shows what 0 looks like, and costs little
  const AnalysisRequest request = request_of(job, scenes, *network);
  disconnect(&explorer, nullptr, this, nullptr);
  workspace_.want_analysis(request, explorer.preprocessing(), network, [self = QPointer<Demo>(this)] {
    if (self)
      self->deleteLater();
  });
  connect(&workspace_.analysis(), &AnalysisRun::finished, this, [this] { // choose the layer with the best R2
    if (const auto best =
            best_truncation(workspace_.explorer().network()->layers, workspace_.analysis().results().scores(), false))
      workspace_.explorer().set_layer(QString::fromStdString(best->layer.layer));
    deleteLater();
  });
}

} // namespace scalescope
