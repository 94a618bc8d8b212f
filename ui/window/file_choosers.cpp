#include "ui/window/file_choosers.h"

#include "datasets/formats.h"
#include "ui/workspace/workspace.h"

#include <QFileDialog>
#include <QInputDialog>

namespace scalescope {

FileChoosers::FileChoosers(Workspace& workspace, QWidget* window)
    : QObject(window), workspace_(workspace), window_(window) {
  connect(&workspace_, &Workspace::data_choice_wanted, this, &FileChoosers::choose_data);
}

void FileChoosers::choose_data(const std::vector<DataChoice>& choices) {
  QStringList labels;
  for (const DataChoice& one : choices)
    labels << QString::fromStdString(one.label);
  auto* dialog = new QInputDialog(window_);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Several data sets"));
  dialog->setLabelText(tr("The folder could be %1 data sets. Open:").arg(choices.size()));
  dialog->setOption(QInputDialog::UseListViewForComboBoxItems);
  dialog->setComboBoxItems(labels);
  connect(dialog, &QInputDialog::textValueSelected, this, [this, choices, labels](const QString& label) {
    const DataChoice& chosen = choices.at(static_cast<std::size_t>(std::max<qsizetype>(0, labels.indexOf(label))));
    workspace_.open_images({QString::fromStdString(chosen.path.string())}, {.format = chosen.format});
  });
  dialog->open();
}

void FileChoosers::open_network() {
  const QString file = QFileDialog::getOpenFileName(
      window_, tr("Open a network"), {},
      tr("Networks (*.pt *.pt2 *.onnx *.pth *.safetensors config.json pytorch_model.bin);;All files (*)"));
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

void FileChoosers::open_folder() {
  const QString folder = QFileDialog::getExistingDirectory(window_, tr("Open a folder of images or a network's"));
  if (!folder.isEmpty())
    workspace_.open_files({folder});
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
  const QString target = QInputDialog::getItem(
      window_, tr("Target"), tr("The number that is read from the layers"), images.targets(),
      static_cast<int>(images.targets().indexOf(QString::fromStdString(images.how().target))), false, &chosen);
  if (chosen)
    workspace_.open_images(images.targets_of(), {.target = target.toStdString(), .format = images.how().format});
}

} // namespace scalescope
