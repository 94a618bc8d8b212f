// The window's menus, and the dialogs that they open.

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/network/truncate.h"
#include "core/prune/truncation_point.h"
#include "ui/curve/curve_view.h"
#include "ui/dialogs/analysis_dialog.h"
#include "ui/dialogs/compare_dialog.h"
#include "ui/dialogs/experiment_dialog.h"
#include "ui/dialogs/fine_tune_dialog.h"
#include "ui/dialogs/preferences_dialog.h"
#include "ui/dialogs/prune_dialog.h"
#include "ui/images/image_panel.h"
#include "ui/maps/feature_panel.h"
#include "ui/stage/stage_controls.h"
#include "ui/stage/stage_view.h"
#include "ui/widgets/error_bar.h"
#include "ui/window/demo.h"
#include "ui/window/main_window.h"
#include "ui/window/manual_window.h"
#include "ui/window/shortcut_overview.h"
#include "ui/window/tour.h"

#include <QAction>
#include <QApplication>
#include <QDockWidget>
#include <QFileDialog>
#include <QFileInfo>
#include <QInputDialog>
#include <QMenuBar>
#include <QMessageBox>
#include <QStatusBar>
#include <QToolBar>

namespace scalescope {

QAction* MainWindow::add_action(QMenu* menu, const QString& text, const QKeySequence& keys, const QString& tip,
                                const std::function<void()>& run) {
  auto* made = menu->addAction(text);
  made->setShortcut(keys);
  made->setToolTip(keys.isEmpty() ? tip : tip + QStringLiteral(" (%1)").arg(keys.toString(QKeySequence::NativeText)));
  made->setStatusTip(tip);
  connect(made, &QAction::triggered, this, run);
  return made;
}

void MainWindow::build_menus() {
  build_file_menu();

  auto* edit = menuBar()->addMenu(tr("&Edit"));
  auto* undo = explorer_->undo_stack()->createUndoAction(this, tr("&Undo"));
  undo->setShortcut(QKeySequence::Undo);
  auto* redo = explorer_->undo_stack()->createRedoAction(this, tr("&Redo"));
  redo->setShortcut(QKeySequence::Redo);
  edit->addActions({undo, redo});
  add_action(edit, tr("&Reset the object"), QKeySequence(Qt::CTRL | Qt::Key_R),
             tr("Put the object back where it was, at its own scale"), [this] { explorer_->reset(); });
  edit->addSeparator();
  add_action(edit, tr("&Preferences…"), QKeySequence(Qt::CTRL | Qt::Key_Comma),
             tr("Device, engine and threads of networks, theme and colours"), [this] { ask_for_preferences(); });

  auto* view = createPopupMenu();
  view->setTitle(tr("&View"));
  view->addSeparator();
  add_action(view, tr("&Arrange the panels anew"), {}, tr("Put every panel back where it was at the first start"),
             [this] {
               restoreState(first_layout_);
               arrange_docks();
             });
  menuBar()->addMenu(view);

  auto* go = menuBar()->addMenu(tr("&Go"));
  add_action(go, tr("&Next image"), QKeySequence(Qt::CTRL | Qt::Key_PageDown), tr("Put the next image on the stage"),
             [this] { walk_images(1); });
  add_action(go, tr("&Previous image"), QKeySequence(Qt::CTRL | Qt::Key_PageUp),
             tr("Put the image before on the stage"), [this] { walk_images(-1); });
  add_action(go, tr("&Deeper layer"), QKeySequence(Qt::ALT | Qt::Key_PageDown), tr("Look at the block behind this one"),
             [this] { walk_layers(1); });
  add_action(go, tr("&Shallower layer"), QKeySequence(Qt::ALT | Qt::Key_PageUp),
             tr("Look at the block in front of this one"), [this] { walk_layers(-1); });

  auto* analysis = menuBar()->addMenu(tr("&Analysis"));
  analyse_ =
      add_action(analysis, tr("&Analyse…"), QKeySequence(Qt::CTRL | Qt::Key_Return),
                 tr("Measure layer by layer how well the object's scale can be read"), [this] { ask_for_analysis(); });
  stop_ = add_action(analysis, tr("S&top the analysis"), QKeySequence(Qt::CTRL | Qt::Key_Period),
                     tr("Stop within one batch; what is known of the curve stays"), [this] { analysis_->stop(); });
  stop_->setEnabled(false);
  target_action_ =
      add_action(analysis, tr("&Target…"), {}, tr("Choose which column of the opened .csv is read from the layers"),
                 [this] { choose_target(); });
  target_action_->setEnabled(false);
  sweep_ = add_action(analysis, tr("&Sweep over scales"), QKeySequence(Qt::CTRL | Qt::Key_E),
                      tr("Show the object at many scales to the network"), [this] {
                        explorer_->sweep();
                        findChild<QWidget*>(QStringLiteral("response"))->raise();
                      });

  prune_ = add_action(analysis, tr("&Prune and export…"), QKeySequence(Qt::CTRL | Qt::Key_P),
                      tr("Cut the network after a layer and save what is left"), [this] { ask_for_pruning(); });

  fine_tune_ = add_action(analysis, tr("&Fine-tune…"), {},
                          tr("Train the network, whole and cut, to read the size of nuclei from images with masks"),
                          [this] { ask_for_fine_tuning(); });

  add_action(analysis, tr("E&xperiment…"), {},
             tr("Object scale, image size, noise, invariance or direction, with controls and a report"),
             [this] { ask_for_experiment(); });
  add_action(analysis, tr("&Compare…"), {}, tr("Draw the curves of several analyses in one figure"),
             [this] { ask_for_comparison(); });

  tools_->addActions({analyse_, stop_, sweep_, prune_});
  tools_->widgetForAction(analyse_)->setProperty("primary", true);

  auto* help = menuBar()->addMenu(tr("&Help"));
  add_action(help, tr("&Manual"), QKeySequence(Qt::SHIFT | Qt::Key_F1),
             tr("Tutorial, the window's parts, commands, methods, a lesson"), [this] {
               auto* manual = new ManualWindow(this);
               manual->setAttribute(Qt::WA_DeleteOnClose);
               manual->show();
             });
  add_action(help, tr("Guided &tour"), {}, tr("Five steps: rescale, look, analyse, choose, prune"),
             [this] { start_tour(); });
  add_action(help, tr("&Demonstration"), {},
             tr("A drawn scene, a cat, a cup and a rocket before a network trained on ImageNet"),
             [this] { open_demo(); });
  help->addSeparator();
  add_action(help, tr("&Keyboard and mouse"), QKeySequence(Qt::Key_F1), tr("All shortcuts"),
             [this] { ShortcutOverview(*this, this).exec(); });
  add_action(help, tr("&About ScaleScope"), {}, tr("Version and licence"), [this] {
    QMessageBox::about(this, tr("About ScaleScope"),
                       tr("<h3>ScaleScope %1</h3><p>Where in a convolutional network is the size of an object still "
                          "known?</p><p>After Graziani et al., <i>On the Scale Invariance in State of the Art CNNs "
                          "Trained on ImageNet</i>, MAKE 2021, doi 10.3390/make3020019.</p><p>GPL-3.0-or-later</p>")
                           .arg(QApplication::applicationVersion()));
  });
}

void MainWindow::open_demo() {
  welcome_->hide();
  if (const QString missing = Demo::missing(); !missing.isEmpty())
    errors_->show_error(missing);
  stage_->set_message(tr("Opening the demonstration. The first time its scenes are drawn, which takes a moment…"));
  delete findChild<Demo*>(); // one that has not come to its end
  new Demo(*this, *files_);
}

void MainWindow::start_tour() {
  delete findChild<Tour*>();
  if (!explorer_->network() && images_->samples().samples.empty())
    open_demo();
  const auto raise = [this](const char* dock) {
    return [this, dock] {
      auto* widget = findChild<QDockWidget*>(QLatin1String(dock));
      widget->show();
      widget->raise();
    };
  };
  new Tour(
      {{stage_, tr("Rescale"),
        tr("Drag a corner of the object's outline, or turn the wheel over it: the object's scale changes, the image "
           "stays as large as it was. Image size, the pixels that the network is given, is the other slider. Hold "
           "Space to see the image as it was; Ctrl+R puts the object back.")},
       {maps_, tr("Look"),
        tr("Every channel of the chosen layer, as it answers to what is on the stage. Click one to enlarge it and to "
           "lay it over the image; [ and ] go to the layers before and after. The likeliest classes stand below "
           "the stage."),
        raise("maps")},
       {tools_->widgetForAction(analyse_), tr("Analyse"),
        tr("Measures layer by layer how well the object's scale can be read, over all images that are open. The "
           "demonstration has done so with 200 drawn scenes, as three photographs are too few. Controls with random "
           "weights say what the architecture alone gives.")},
       {curve_, tr("Choose"),
        tr("R² by layer: 1 is perfect, 0 no better than guessing the mean. Click a point to go to its layer. The "
           "scale that this layer's regression reads then stands below the stage, beside the true one, and it is said "
           "where that is a guess."),
        raise("curve")},
       {tools_->widgetForAction(prune_), tr("Prune"),
        tr("Cuts the network after the layer where scale is read best, shows what that saves, and writes a "
           "TorchScript file that PyTorch and LibTorch load and train on. All of this is in Help > Manual.")}},
      this);
}

void MainWindow::build_file_menu() {
  auto* file = menuBar()->addMenu(tr("&File"));
  auto* network = add_action(file, tr("Open &network…"), QKeySequence::Open,
                             tr("Open a TorchScript archive or a checkpoint"), [this] { choose_network(); });
  const auto installed = find_installed_model("efficientnet_lite0");
  add_action(file, tr("Open Efficient&Net-Lite0 (ImageNet)"), {}, tr("Open the network that the set-up installed"),
             [this] { open_network(QStringLiteral("efficientnet_lite0")); })
      ->setEnabled(!installed.empty());
  auto* images = add_action(file, tr("Open &images…"), QKeySequence(Qt::CTRL | Qt::Key_I),
                            tr("Open images, a COCO .json or a .csv"), [this] { choose_images(false); });
  auto* folder = add_action(file, tr("Open a &folder…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_I),
                            tr("Open a folder of images or an annotated data set"), [this] { choose_images(true); });
  recent_ = file->addMenu(tr("Open &recent"));
  connect(recent_, &QMenu::aboutToShow, this, &MainWindow::fill_recent_menu);
  add_action(file, tr("&Class names…"), {}, tr("Take the names of the network's classes from a file"),
             [this] { choose_class_names(); });
  file->addSeparator();
  add_action(file, tr("Open s&ession…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O),
             tr("Go on where a saved session was"), [this] { choose_session(); });
  add_action(file, tr("&Save session"), QKeySequence::Save,
             tr("Save network, images, boxes, stage, results and layout"), [this] {
               if (const QString to = session_file_.isEmpty() ? questions_.session_file() : session_file_;
                   !to.isEmpty())
                 save_session(to);
             });
  add_action(file, tr("Save session &as…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S),
             tr("Save under another name"), [this] {
               if (const QString to = questions_.session_file(); !to.isEmpty())
                 save_session(to);
             });
  file->addSeparator();
  save_results_ = add_action(file, tr("Save res&ults…"), {},
                             tr("Write the files of scalescope-cli analyze: curve.csv, .png, .svg and analysis.json"),
                             [this] { choose_results_folder(false); });
  save_features_ = add_action(file, tr("Save results with fea&tures…"), {},
                              tr("The same with every layer's pooled features as NumPy files"),
                              [this] { choose_results_folder(true); });
  save_curve_ = add_action(file, tr("Export cur&ve…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E),
                           tr("Save the curve as PNG, SVG, PDF or CSV"), [this] { choose_curve_file(); });
  for (QAction* save : {save_results_, save_features_, save_curve_})
    save->setEnabled(false);
  file->addSeparator();
  add_action(file, tr("&Quit"), QKeySequence::Quit, tr("Close the window"), [this] { close(); });

  tools_ = addToolBar(tr("Main"));
  tools_->setObjectName(QStringLiteral("main tools"));
  tools_->setMovable(false);
  tools_->setToolButtonStyle(Qt::ToolButtonTextOnly);
  tools_->addActions({network, images, folder});

  // Dialogs, unless a test answers.
  questions_.session_file = [this] {
    QFileDialog dialog(this, tr("Save session"), session_file_, tr("Sessions (*.scalescope)"));
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setDefaultSuffix(QStringLiteral("scalescope"));
    return dialog.exec() == QDialog::Accepted ? dialog.selectedFiles().value(0) : QString();
  };
  questions_.moved_file = [this](const QString& missing) {
    const auto answer = QMessageBox::question(
        this, tr("A file has moved"),
        tr("%1 is no longer there. Look for it? Without it the session opens as far as it can.").arg(missing));
    if (answer != QMessageBox::Yes)
      return QString();
    return QFileInfo(missing).suffix().isEmpty() // a folder, as a rule
               ? QFileDialog::getExistingDirectory(this, tr("Where is %1?").arg(missing))
               : QFileDialog::getOpenFileName(this, tr("Where is %1?").arg(missing));
  };
  questions_.unsaved = [this](const QString& text) {
    QMessageBox box(QMessageBox::Question, tr("Unsaved work"), text,
                    QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, this);
    switch (box.exec()) {
    case QMessageBox::Save:
      return Questions::Unsaved::Save;
    case QMessageBox::Discard:
      return Questions::Unsaved::Discard;
    default:
      return Questions::Unsaved::Cancel;
    }
  };
}

void MainWindow::add_recent(RecentKind kind, const QString& path) {
  if (remembers_)
    add_recent_file(kind, path);
}

void MainWindow::fill_recent_menu() {
  recent_->clear();
  const auto add = [this](RecentKind kind, const QString& title) {
    const QStringList files = recent_files(kind);
    if (!files.isEmpty())
      recent_->addSection(title);
    for (const QString& file : files) {
      const bool session = kind == RecentKind::Session;
      const bool network = kind == RecentKind::Network;
      auto* action = recent_->addAction(QFontMetrics(recent_->font()).elidedText(file, Qt::ElideLeft, 420));
      action->setToolTip(file);
      connect(action, &QAction::triggered, this, [this, file, session, network] {
        session ? open_session(file) : network ? open_network(file) : open_images({file});
      });
    }
  };
  add(RecentKind::Network, tr("Networks"));
  add(RecentKind::Images, tr("Images"));
  add(RecentKind::Session, tr("Sessions"));
  if (recent_->isEmpty())
    recent_->addAction(tr("Nothing was opened yet"))->setEnabled(false);
  else {
    recent_->addSeparator();
    recent_->addAction(tr("&Clear"), this, [] { clear_recent_files(); });
  }
}

void MainWindow::choose_network() {
  const QString file = QFileDialog::getOpenFileName(this, tr("Open a network"), {},
                                                    tr("Networks (*.pt *.pth *.safetensors);;All files (*)"));
  if (!file.isEmpty())
    open_network(file);
}

void MainWindow::choose_images(bool folder) {
  const QStringList chosen =
      folder ? QStringList{QFileDialog::getExistingDirectory(this, tr("Open a folder of images"))}
             : QFileDialog::getOpenFileNames(
                   this, tr("Open images"), {},
                   tr("Images and tables (*.jpg *.jpeg *.png *.tif *.tiff *.bmp *.webp *.json *.csv);;All files (*)"));
  if (!chosen.isEmpty() && !chosen.first().isEmpty())
    open_images(chosen);
}

void MainWindow::choose_session() {
  const QString file =
      QFileDialog::getOpenFileName(this, tr("Open a session"), {}, tr("Sessions (*.scalescope);;All files (*)"));
  if (!file.isEmpty())
    open_session(file);
}

void MainWindow::choose_class_names() {
  const QString file = QFileDialog::getOpenFileName(this, tr("Names of the classes"), {},
                                                    tr("A name a line, or a JSON list (*.txt *.json);;All files (*)"));
  if (!file.isEmpty())
    set_class_names(file);
}

void MainWindow::choose_results_folder(bool features) {
  const QString folder = QFileDialog::getExistingDirectory(this, tr("Folder for the results"));
  if (!folder.isEmpty())
    analysis_->save(folder, features, files_in_use());
}

void MainWindow::choose_curve_file() {
  QFileDialog dialog(this, tr("Export the curve"), QStringLiteral("curve.png"),
                     tr("PNG (*.png);;SVG (*.svg);;PDF (*.pdf);;CSV (*.csv)"));
  dialog.setAcceptMode(QFileDialog::AcceptSave);
  dialog.setDefaultSuffix(QStringLiteral("png"));
  connect(&dialog, &QFileDialog::filterSelected, &dialog,
          [&dialog](const QString& filter) { dialog.setDefaultSuffix(filter.left(3).toLower()); });
  if (dialog.exec() == QDialog::Accepted)
    files_->run([curve = curve_->curve(), file = dialog.selectedFiles().value(0),
                 inputs = files_in_use()]() -> std::function<void()> {
      save_curve(curve, file, inputs);
      return {};
    });
}

void MainWindow::choose_target() {
  bool chosen = false;
  const QString target = QInputDialog::getItem(this, tr("Target"), tr("What is to be read from the layers"), targets_,
                                               static_cast<int>(targets_.indexOf(target_)), false, &chosen);
  if (chosen)
    open_images(targets_of_, target);
}

void MainWindow::ask_for_analysis() {
  const auto network = explorer_->network(); // kept while the dialog is open: another may come meanwhile
  const SampleSet samples = images_->samples();
  if (!network) {
    errors_->show_note(tr("No network is open; open one first."));
    return;
  }
  AnalysisDialog dialog(*network, samples, explorer_->preprocessing(), this);
  if (last_request_)
    dialog.set_settings(*last_request_);
  if (dialog.exec() != QDialog::Accepted)
    return;
  try {
    want_analysis(dialog.request(), dialog.preprocessing(), network);
  } catch (const Error& e) {
    errors_->show_error(QString::fromUtf8(e.what()));
  }
}

void MainWindow::ask_for_pruning() {
  if (!explorer_->network()) {
    errors_->show_note(tr("No network is open; open one first."));
    return;
  }
  constexpr std::size_t most = 8; // images, from all over the data
  const auto& samples = images_->samples().samples;
  std::vector<std::filesystem::path> images;
  for (std::size_t i = 0; i < std::min(most, samples.size()); ++i)
    images.push_back(samples[i * samples.size() / std::min(most, samples.size())].file);
  auto* dialog = new PruneDialog({explorer_->network(), analysis_->results(), explorer_->preprocessing().preprocessing,
                                  std::move(images), explorer_->layer().toStdString()},
                                 explorer_->worker(), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &PruneDialog::save_wanted, this, [this, dialog] {
    const QString file = QFileDialog::getSaveFileName(dialog, tr("Save the pruned network"),
                                                      QStringLiteral("pruned.pt"), tr("TorchScript (*.pt)"));
    if (file.isEmpty())
      return;
    save_pruned(*dialog, file);
    dialog->accept();
  });
  dialog->open();
}

void MainWindow::save_pruned(const PruneDialog& dialog, const QString& file) {
  const bool open = dialog.wants_opened();
  files_->run([this, result = dialog.result(), inputs = files_in_use(), file, open,
               checkpoint = dialog.wants_checkpoint()]() -> std::function<void()> {
    const std::filesystem::path path = file.toStdString();
    const auto beside = std::filesystem::path(path).replace_extension(".safetensors");
    std::vector<std::string> names{path.filename().string()};
    if (checkpoint)
      names.push_back(beside.filename().string());
    FileSet files(path.parent_path(), names, inputs);
    files.write(names.front(), result->archive);
    if (checkpoint)
      files.write(names.back(), checkpoint_of(result->archive, beside));
    files.commit();
    return [this, file, open] {
      statusBar()->showMessage(tr("The pruned network is saved in %1.").arg(file));
      if (open)
        open_network(file);
    };
  });
}

void MainWindow::ask_for_fine_tuning() {
  if (!explorer_->network()) {
    errors_->show_note(tr("No network is open; open one first."));
    return;
  }
  // The layer that scale is read from best, where it was looked for; else the one on the screen.
  const auto best = best_truncation(explorer_->network()->layers, analysis_->results().scores(), false);
  auto* dialog = new FineTuneDialog(
      explorer_->network(), explorer_->preprocessing(),
      best ? QString::fromStdString(best->layer.layer) : explorer_->layer(), explorer_->worker(),
      [this] { return files_in_use(); }, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
}

void MainWindow::ask_for_experiment() {
  if (!explorer_->network()) {
    errors_->show_note(tr("No network is open; open one first."));
    return;
  }
  auto* dialog = new ExperimentDialog(
      {explorer_->network(), images_->samples(), explorer_->preprocessing(), [this] { return files_in_use(); }},
      QApplication::applicationDirPath() + QStringLiteral("/scalescope-cli"), *files_, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->show();
}

void MainWindow::ask_for_comparison() {
  auto* dialog = new CompareDialog(
      *files_, [this] { return files_in_use(); }, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->show();
}

void MainWindow::ask_for_preferences() {
  PreferencesDialog dialog(preferences_, this);
  if (dialog.exec() != QDialog::Accepted)
    return;
  const Preferences chosen = dialog.preferences();
  save_preferences(chosen);
  if (chosen.theme != preferences_.theme)
    apply_theme(*qobject_cast<QApplication*>(QApplication::instance()), chosen.theme);
  set_preferences(chosen);
}

} // namespace scalescope
