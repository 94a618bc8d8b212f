#include "ui/window/actions.h"

#include "core/network/installed_models.h"
#include "datasets/formats.h"
#include "ui/window/docks.h"
#include "ui/window/file_choosers.h"
#include "ui/window/manual_window.h"
#include "ui/window/recent_menu.h"
#include "ui/window/shortcut_overview.h"
#include "ui/window/work_dialogs.h"
#include "ui/workspace/workspace.h"

#include <QAction>
#include <QApplication>
#include <QMainWindow>
#include <QMenuBar>
#include <QMessageBox>
#include <QToolBar>

namespace scalescope {

Actions::Actions(Workspace& workspace, Docks& docks, WorkDialogs& dialogs, QMainWindow& window)
    : QObject(&window), workspace_(workspace), docks_(docks), dialogs_(dialogs),
      choosers_(new FileChoosers(workspace, &window)), window_(window), tools_(window.addToolBar(tr("Main"))) {
  tools_->setObjectName(QStringLiteral("main tools"));
  tools_->setMovable(false);
  tools_->setToolButtonStyle(Qt::ToolButtonTextOnly);
  build_file_menu();
  build_edit_menu();
  build_view_menu();
  build_go_menu();
  build_analysis_menu();
  build_help_menu();
  follow_the_workspace();
}

QWidget* Actions::analyze_button() const { return tools_->widgetForAction(analyze_); }

QWidget* Actions::prune_button() const { return tools_->widgetForAction(prune_); }

QAction* Actions::add(QMenu* menu, const QString& text, const QKeySequence& keys, const QString& tip,
                      const std::function<void()>& run) {
  auto* made = menu->addAction(text);
  made->setShortcut(keys);
  made->setToolTip(keys.isEmpty() ? tip : tip + QStringLiteral(" (%1)").arg(keys.toString(QKeySequence::NativeText)));
  made->setStatusTip(tip);
  connect(made, &QAction::triggered, this, run);
  return made;
}

void Actions::build_file_menu() {
  auto* file = window_.menuBar()->addMenu(tr("&File"));
  auto* network = add(file, tr("Open &network…"), QKeySequence::Open,
                      tr("Open a network: TorchScript, torch.export, ONNX, weights, or the config.json of a folder"),
                      [this] { choosers_->open_network(); });
  add(file, tr("Open Efficient&Net-Lite0 (ImageNet)"), {}, tr("Open the network that came with ScaleScope"), [this] {
    workspace_.open_network(QStringLiteral("efficientnet_lite0"));
  })->setEnabled(!find_installed_model("efficientnet_lite0").empty());
  auto* images =
      add(file, tr("Open &images…"), QKeySequence(Qt::CTRL | Qt::Key_I),
          tr("Open images or their annotations: %1").arg(QString::fromStdString(either(&DatasetFormat::what))),
          [this] { choosers_->open_images(); });
  auto* folder = add(file, tr("Open a &folder…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_I),
                     tr("Open a folder of images, an annotated data set, or a network's folder (timm, Hugging Face)"),
                     [this] { choosers_->open_folder(); });
  file->addMenu(new RecentMenu(workspace_, tr("Open &recent"), file));
  add(file, tr("&Class names…"), {}, tr("Read the names of the network's classes from a file"),
      [this] { choosers_->open_class_names(); });
  file->addSeparator();
  add(file, tr("Open s&ession…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O), tr("Continue a saved session"),
      [this] { choosers_->open_session(); });
  add(file, tr("&Save session"), QKeySequence::Save, tr("Save network, images, boxes, stage, results and layout"),
      [this] { workspace_.sessions().save(); });
  add(file, tr("Save session &as…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S), tr("Save under another name"),
      [this] { workspace_.sessions().save_as(); });
  file->addSeparator();
  save_results_ = add(file, tr("Save res&ults…"), {},
                      tr("Write the files of scalescope-cli analyze: curve.csv, .png, .svg and analysis.json"),
                      [this] { choosers_->save_results(false); });
  save_features_ = add(file, tr("Save results with fea&tures…"), {},
                       tr("Also write the pooled features of every layer as NumPy files"),
                       [this] { choosers_->save_results(true); });
  save_curve_ = add(file, tr("Export cur&ve…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E),
                    tr("Save the curve as PNG, SVG, PDF or CSV"), [this] { choosers_->save_curve(); });
  for (QAction* save : {save_results_, save_features_, save_curve_})
    save->setEnabled(false);
  file->addSeparator();
  add(file, tr("&Quit"), QKeySequence::Quit, tr("Close the window"), [this] { window_.close(); });
  tools_->addActions({network, images, folder});
}

void Actions::build_edit_menu() {
  auto* edit = window_.menuBar()->addMenu(tr("&Edit"));
  QUndoStack* steps = workspace_.explorer().undo_stack();
  auto* undo = steps->createUndoAction(this, tr("&Undo"));
  undo->setShortcut(QKeySequence::Undo);
  auto* redo = steps->createRedoAction(this, tr("&Redo"));
  redo->setShortcut(QKeySequence::Redo);
  edit->addActions({undo, redo});
  add(edit, tr("&Reset the object"), QKeySequence(Qt::CTRL | Qt::Key_R),
      tr("Put the object back at its original place and scale"), [this] { workspace_.explorer().reset(); });
  edit->addSeparator();
  add(edit, tr("&Preferences…"), QKeySequence(Qt::CTRL | Qt::Key_Comma),
      tr("Device, engine and threads of networks, theme and colours"), [this] { emit preferences_wanted(); });
}

void Actions::build_view_menu() {
  auto* view = window_.createPopupMenu();
  view->setTitle(tr("&View"));
  view->addSeparator();
  add(view, tr("&Reset the panels"), {}, tr("Put every panel back to its place at the first start"),
      [this] { docks_.arrange_anew(); });
  window_.menuBar()->addMenu(view);
}

void Actions::build_go_menu() {
  auto* go = window_.menuBar()->addMenu(tr("&Go"));
  add(go, tr("&Next image"), QKeySequence(Qt::CTRL | Qt::Key_PageDown), tr("Show the next image on the stage"),
      [this] { workspace_.walk_images(1); });
  add(go, tr("&Previous image"), QKeySequence(Qt::CTRL | Qt::Key_PageUp), tr("Show the previous image on the stage"),
      [this] { workspace_.walk_images(-1); });
  add(go, tr("&Deeper layer"), QKeySequence(Qt::ALT | Qt::Key_PageDown), tr("Choose the next deeper block"),
      [this] { workspace_.walk_layers(1); });
  add(go, tr("&Shallower layer"), QKeySequence(Qt::ALT | Qt::Key_PageUp), tr("Choose the next shallower block"),
      [this] { workspace_.walk_layers(-1); });
}

void Actions::build_analysis_menu() {
  auto* analysis = window_.menuBar()->addMenu(tr("&Analysis"));
  analyze_ = add(analysis, tr("&Analyse…"), QKeySequence(Qt::CTRL | Qt::Key_Return),
                 tr("Measure layer by layer how well the object's scale can be read"),
                 [this] { dialogs_.ask_for_analysis(); });
  stop_ = add(analysis, tr("S&top the analysis"), QKeySequence(Qt::CTRL | Qt::Key_Period),
              tr("Stop within one batch; the part of the curve that is known stays"),
              [this] { workspace_.analysis().stop(); });
  stop_->setEnabled(false);
  target_ = add(analysis, tr("&Target…"), {}, tr("Choose the column of the opened .csv file that is the target"),
                [this] { choosers_->open_target(); });
  target_->setEnabled(false);
  auto* sweep = add(analysis, tr("&Sweep over scales"), QKeySequence(Qt::CTRL | Qt::Key_E),
                    tr("Run the network with the object at many scales"), [this] {
                      workspace_.explorer().sweep();
                      docks_.raise("response");
                    });
  prune_ = add(analysis, tr("&Prune and export…"), QKeySequence(Qt::CTRL | Qt::Key_P),
               tr("Keep the part of the network up to a layer, and save it"), [this] { dialogs_.ask_for_pruning(); });
  fine_tune_ = add(analysis, tr("&Fine-tune…"), {},
                   tr("Train the whole and the pruned network to measure nuclei in images with masks"),
                   [this] { dialogs_.ask_for_fine_tuning(); });
  add(analysis, tr("E&xperiment…"), {},
      tr("Ask more of the network: other scales and sizes, noise, two objects, classes, few channels; each with its "
         "controls and a report"),
      [this] { dialogs_.ask_for_experiment(); });
  add(analysis, tr("&Compare…"), {}, tr("Draw the curves of several analyses in one figure"),
      [this] { dialogs_.ask_for_comparison(); });
  tools_->addActions({analyze_, stop_, sweep, prune_});
  analyze_button()->setProperty("primary", true);
}

void Actions::build_help_menu() {
  auto* help = window_.menuBar()->addMenu(tr("&Help"));
  add(help, tr("&Manual"), QKeySequence(Qt::SHIFT | Qt::Key_F1),
      tr("Tutorial, the window, commands, methods, a lesson"), [this] {
        auto* manual = new ManualWindow(&window_);
        manual->setAttribute(Qt::WA_DeleteOnClose);
        manual->show();
      });
  add(help, tr("Guided &tour"), {}, tr("Five steps: rescale, look, analyse, choose, prune"),
      [this] { emit tour_wanted(); });
  add(help, tr("&Demonstration"), {},
      tr("A synthetic scene, a cat, a cup and a rocket with a network trained on ImageNet"),
      [this] { emit demo_wanted(); });
  help->addSeparator();
  add(help, tr("&Keyboard and mouse"), QKeySequence(Qt::Key_F1), tr("All shortcuts"),
      [this] { ShortcutOverview(window_, &window_).exec(); });
  add(help, tr("&About ScaleScope"), {}, tr("Version and licence"), [this] {
    QMessageBox::about(&window_, tr("About ScaleScope"),
                       tr("<h3>ScaleScope %1</h3><p>Where in a convolutional network is the size of an object still "
                          "known?</p><p>After Graziani et al., <i>On the Scale Invariance in State of the Art CNNs "
                          "Trained on ImageNet</i>, MAKE 2021, doi 10.3390/make3020019.</p><p>GPL-3.0-or-later</p>")
                           .arg(QApplication::applicationVersion()));
  });
}

// Disables actions that are not possible now, because an analysis is running or there is nothing to save.
void Actions::follow_the_workspace() {
  const auto analyzing = [this](bool now) {
    for (QAction* action : {analyze_, prune_, fine_tune_})
      action->setEnabled(!now);
    stop_->setEnabled(now);
  };
  const AnalysisRun* analysis = &workspace_.analysis();
  connect(&workspace_, &Workspace::analysis_started, this, [analyzing] { analyzing(true); });
  connect(analysis, &AnalysisRun::finished, this, [analyzing] { analyzing(false); });
  connect(analysis, &AnalysisRun::changed, this, [this, analysis] {
    save_curve_->setEnabled(!analysis->results().empty());
    save_results_->setEnabled(analysis->can_save());
    save_features_->setEnabled(analysis->can_save());
  });
  connect(&workspace_.images(), &ImageSet::targets_changed, this,
          [this] { target_->setEnabled(!workspace_.images().targets().isEmpty()); });
}

} // namespace scalescope
