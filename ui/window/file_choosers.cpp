#include "ui/window/file_choosers.h"

#include "datasets/formats.h"
#include "ui/workspace/workspace.h"

#include <QFileDialog>
#include <QInputDialog>

namespace scalescope {

FileChoosers::FileChoosers(Workspace& workspace, QWidget* window)
    : QObject(window), workspace_(workspace), window_(window) {}

void FileChoosers::open_network() {
  const QString file = QFileDialog::getOpenFileName(window_, tr("Open a network"), {},
                                                    tr("Networks (*.pt *.pth *.safetensors);;All files (*)"));
  if (!file.isEmpty())
    workspace_.open_network(file);
}

void FileChoosers::open_images() {
  QStringList suffixes;
  for (const DatasetFormat* format : formats())
    for (const std::string_view suffix : format->suffixes)
      if (!suffix.empty())
        suffixes += QStringLiteral(" *%1").arg(QLatin1String(suffix.data(), static_cast<qsizetype>(suffix.size())));
  suffixes.removeDuplicates();
  const QStringList files = QFileDialog::getOpenFileNames(
      window_, tr("Open images"), {},
      tr("Images and annotations (*.jpg *.jpeg *.png *.tif *.tiff *.bmp *.webp%1);;All files (*)")
          .arg(suffixes.join(QString())));
  if (!files.isEmpty())
    workspace_.open_images(files);
}

void FileChoosers::open_image_folder() {
  const QString folder = QFileDialog::getExistingDirectory(window_, tr("Open a folder of images"));
  if (!folder.isEmpty())
    workspace_.open_images({folder});
}

void FileChoosers::open_session() {
  const QString file =
      QFileDialog::getOpenFileName(window_, tr("Open a session"), {}, tr("Sessions (*.scalescope);;All files (*)"));
  if (!file.isEmpty())
    workspace_.sessions().open(file);
}

void FileChoosers::open_class_names() {
  const QString file = QFileDialog::getOpenFileName(
      window_, tr("Names of the classes"), {}, tr("One name per line, or a JSON list (*.txt *.json);;All files (*)"));
  if (!file.isEmpty())
    workspace_.set_class_names(file);
}

void FileChoosers::save_results(bool features) {
  const QString folder = QFileDialog::getExistingDirectory(window_, tr("Folder for the results"));
  if (!folder.isEmpty())
    workspace_.analysis().save(folder, features, workspace_.files_in_use());
}

void FileChoosers::save_curve() {
  QFileDialog dialog(window_, tr("Export the curve"), QStringLiteral("curve.png"),
                     tr("PNG (*.png);;SVG (*.svg);;PDF (*.pdf);;CSV (*.csv)"));
  dialog.setAcceptMode(QFileDialog::AcceptSave);
  dialog.setDefaultSuffix(QStringLiteral("png"));
  connect(&dialog, &QFileDialog::filterSelected, &dialog,
          [&dialog](const QString& filter) { dialog.setDefaultSuffix(filter.left(3).toLower()); });
  if (dialog.exec() == QDialog::Accepted)
    workspace_.files().run([curve = workspace_.analysis().results().curve(), file = dialog.selectedFiles().value(0),
                            inputs = workspace_.files_in_use()]() -> std::function<void()> {
      scalescope::save_curve(curve, file, inputs);
      return {};
    });
}

void FileChoosers::open_target() {
  const ImageSet& images = workspace_.images();
  bool chosen = false;
  const QString target =
      QInputDialog::getItem(window_, tr("Target"), tr("The number that is read from the layers"), images.targets(),
                            static_cast<int>(images.targets().indexOf(images.target())), false, &chosen);
  if (chosen)
    workspace_.open_images(images.targets_of(), target);
}

} // namespace scalescope
