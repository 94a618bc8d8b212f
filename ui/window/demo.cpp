#include "ui/window/demo.h"

#include "core/base/installed.h"
#include "core/network/network.h"
#include "core/prune/truncation_point.h"
#include "datasets/scenes.h"
#include "ui/dialogs/analysis_dialog.h"
#include "ui/images/image_panel.h"
#include "ui/window/main_window.h"
#include "ui/workers/file_jobs.h"

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
constexpr Scenes measured{200, 1};
constexpr Scenes first{
    1, 41}; // on the stage at the beginning: none of those that are measured, and read well at most scales

// A folder of this name holds just these scenes: it was written whole or not at all.
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
                        : tr("The demonstration lacks %1; packaging/install-dependencies fetches what is missing. "
                             "Everything else works.")
                              .arg(what.join(tr(" and ")));
}

Demo::Demo(MainWindow& window, FileJobs& files) : QObject(&window), window_(window) {
  if (find_installed_model("efficientnet_lite0").empty()) {
    deleteLater(); // there is nothing to measure with
  } else {
    connect(&window.explorer(), &Explorer::network_opened, this, &Demo::measure);
    connect(&window.explorer(), &Explorer::network_failed, this, &QObject::deleteLater);
    connect(&window.explorer(), &Explorer::object_taken, this, &Demo::measure);
    window.open_network(QStringLiteral("efficientnet_lite0"));
  }
  files.run([window = &window]() -> std::function<void()> {
    QStringList images{drawn(first)};
    if (const fs::path photos = find_installed("photos/photos.csv"); !photos.empty())
      images << QString::fromStdString(photos.parent_path().string());
    images << drawn(measured);
    return [window, images] { window->open_images(images); };
  });
}

// Once the network and an object are there: of what is open the scenes to be measured, as three photographs are no
// sample.
void Demo::measure() {
  const auto& network = window_.explorer().network();
  const auto* panel = window_.findChild<ImagePanel*>();
  if (!network || !window_.explorer().has_object())
    return;
  AnalysisDialog settings(*network, panel->samples(), window_.explorer().preprocessing());
  AnalysisRequest request = settings.request();
  const fs::path scenes = folder_of(measured) / "";
  std::erase_if(request.samples.samples,
                [&](const Sample& sample) { return !sample.file.string().starts_with(scenes.string()); });
  if (request.samples.samples.size() != measured.count)
    return; // other images are open
  request.samples.name = fmt::format("{} drawn scenes", measured.count);
  request.data = folder_of(measured).string();
  disconnect(&window_.explorer(), nullptr, this, nullptr);
  window_.want_analysis(request, window_.explorer().preprocessing(), network, [self = QPointer<Demo>(this)] {
    if (self)
      self->deleteLater();
  });
  connect(&window_.analysis(), &AnalysisRun::finished, this, [this] { // the layer that reads scale best
    if (const auto best =
            best_truncation(window_.explorer().network()->layers, window_.analysis().results().scores(), false))
      window_.explorer().set_layer(QString::fromStdString(best->layer.layer));
    deleteLater();
  });
}

} // namespace scalescope
