#pragma once

#include "ui/window/preferences.h"
#include "ui/window/recent_files.h"
#include "ui/workers/analysis_run.h"
#include "ui/workers/file_jobs.h"
#include "ui/workers/image_opener.h"
#include "ui/workspace/explorer.h"
#include "ui/workspace/session.h"
#include "ui/workspace/unsaved_work.h"

#include <QMainWindow>
#include <QStringList>

#include <deque>
#include <functional>
#include <memory>
#include <optional>

class QAction;
class QDockWidget;
class QLabel;
class QMenu;
class QProgressBar;
class QToolBar;

namespace scalescope {

class ChannelView;
class CurveView;
class ErrorBar;
class FeaturePanel;
class ImagePanel;
class LayerTree;
class PredictionBars;
class PruneDialog;
class ResponseView;
class StageControls;
class StageView;

/// What the window asks the person. Dialogs, unless something else is put in their place.
struct Questions {
  enum class Unsaved { Save, Discard, Cancel };
  std::function<Unsaved(const QString& text)> unsaved;       ///< work that would be lost
  std::function<QString()> session_file;                     ///< where to save; empty: nowhere
  std::function<QString(const QString& missing)> moved_file; ///< where it is now; empty: nobody knows
};

/// The window: widgets that show the explorer's state and pass on what the person wants. Its parts are in several
/// files: main_window.cpp (what is shown), _menus (actions), _wiring (who tells whom), _session (saving and opening).
class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  explicit MainWindow(const Preferences& preferences = {}, QWidget* parent = nullptr);
  ~MainWindow() override;

  /// Takes size and docks of the last window, and leaves its own and what was opened to the next.
  void remember();
  void set_questions(Questions questions) { questions_ = std::move(questions); }

  // What is opened is read first. Only then, and only if the person's unsaved work would be lost with what it takes the
  // place of, are they asked; and until they agree, and where it can't be opened, all stays.
  void open_network(const QString& file_or_name);
  /// @param target column of a CSV to regress; empty: "target", or else the object scale.
  void open_images(const QStringList& files_and_folders, const QString& target = {});
  /// Whatever it is: networks, sessions, images.
  void open_files(const QStringList& files);
  void open_session(const QString& file);
  void open_demo();  ///< see Demo
  void start_tour(); ///< see Tour; with the demonstration if nothing is open
  /// Saves and then goes on, or with `failed` where it can't. Returns at once.
  void save_session(const QString& file, const std::function<void()>& then = {},
                    const std::function<void()>& failed = {});
  void set_class_names(const QString& file); ///< a name a line, or a JSON list; empty: the installed ones

  void ask_for_analysis();    ///< shows the dialog
  void ask_for_pruning();     ///< shows the dialog and returns at once
  void ask_for_fine_tuning(); ///< likewise
  void ask_for_experiment();  ///< likewise
  void ask_for_comparison();  ///< likewise; needs no network
  /// Writes a pruned network, with its weights beside it if the dialog says so.
  void save_pruned(const PruneDialog& dialog, const QString& file);
  void analyse(AnalysisRequest request);
  /// Analyses what was asked for when `network` was open, after asking about a curve that is not saved.
  void want_analysis(const AnalysisRequest& request, const ChosenPreprocessing& preprocessing,
                     const std::shared_ptr<const OpenedNetwork>& network, const std::function<void()>& keep = {});
  void set_preferences(const Preferences& preferences); ///< takes them up; networks are opened again where needed

  [[nodiscard]] Session session() const; ///< all that a session file keeps
  [[nodiscard]] Explorer& explorer() { return *explorer_; }
  [[nodiscard]] AnalysisRun& analysis() { return *analysis_; }
  [[nodiscard]] bool settled() const; ///< nothing is loading or being computed
  /// The network's file, annotations and images, class names and session: nothing else is written over them.
  [[nodiscard]] std::vector<std::filesystem::path> files_in_use() const;

 signals:
  void session_opened();
  void session_saved();
  void failed(const QString& what); ///< as the bar says it

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void closeEvent(QCloseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;

 private:
  void build_widgets();
  QDockWidget* add_dock(const QString& title, const QString& name, QWidget* widget, Qt::DockWidgetArea area);
  void arrange_docks();

  void build_menus();
  QAction* add_action(QMenu* menu, const QString& text, const QKeySequence& keys, const QString& tip,
                      const std::function<void()>& run);
  void build_file_menu();
  void fill_recent_menu();
  void add_recent(RecentKind kind, const QString& path);
  void choose_network();
  void choose_images(bool folder);
  void choose_session();
  void choose_class_names();
  void choose_results_folder(bool features);
  void choose_curve_file();
  void choose_target();
  void ask_for_preferences();

  [[nodiscard]] QWidget* welcome();
  void connect_widgets();
  void connect_explorer();
  void connect_work();

  void open_source(const ModelSource& source, int input_size);
  void choose_sample(int index);
  void walk_layers(int step);
  void walk_images(int step);
  void show_maps(const std::shared_ptr<const LayerMaps>& maps);
  void show_channel();
  void show_classes(const std::vector<float>& probabilities);
  void show_sweep(const std::vector<SweepPoint>& points);
  void show_edit();
  void show_numbers(const Frame& frame);
  void show_read_out();
  void show_results();
  void show_status();
  void show_title();
  [[nodiscard]] QString name_of_class(std::size_t index, std::size_t classes) const;

  /// What would be done, and the work that would be lost with it.
  struct Plan {
    QString what; ///< "Opening photos"
    Work loses;
    std::function<void()> run;
    std::function<void()> keep; ///< instead; may be empty
  };
  /// Runs it, after asking about that work where it is not saved; later if another question is open.
  void when_work_is_safe(Plan plan);
  void ask_next();
  void show_unsaved();
  void curve_is_gone();
  [[nodiscard]] bool is_restoring(const ModelSource& network) const;
  void restore(ReadSession read, const QString& file);
  void restore_images();
  void restore_stage();
  void look_at_images(const OpenedImages& images, const QStringList& from, const QString& target);
  void take_images(OpenedImages images, const QStringList& from, const QString& target);
  void offer_targets(const OpenedImages& images, const QStringList& from);

  Preferences preferences_;
  Questions questions_;
  std::unique_ptr<Explorer> explorer_;
  AnalysisRun* analysis_ = nullptr;
  ImageOpener* opener_ = nullptr;
  FileJobs* files_ = nullptr;

  StageView* stage_ = nullptr;
  QWidget* welcome_ = nullptr; ///< on the stage until something is opened
  StageControls* controls_ = nullptr;
  ErrorBar* errors_ = nullptr;
  PredictionBars* predictions_ = nullptr;
  LayerTree* layers_ = nullptr;
  FeaturePanel* maps_ = nullptr;
  ChannelView* channel_ = nullptr;
  CurveView* curve_ = nullptr;
  ResponseView* response_ = nullptr;
  ImagePanel* images_ = nullptr;
  QLabel* read_out_ = nullptr;
  QLabel* status_network_ = nullptr;
  QLabel* status_time_ = nullptr;
  QProgressBar* progress_ = nullptr;
  QToolBar* tools_ = nullptr;
  QMenu* recent_ = nullptr;
  QAction* analyse_ = nullptr;
  QAction* stop_ = nullptr;
  QAction* prune_ = nullptr;
  QAction* fine_tune_ = nullptr;
  QAction* sweep_ = nullptr;
  QAction* target_action_ = nullptr;
  QAction* save_results_ = nullptr;
  QAction* save_features_ = nullptr;
  QAction* save_curve_ = nullptr;

  QStringList images_from_;                  ///< files and folders that were opened
  QString target_;                           ///< column of a CSV among them that was chosen as target; mostly ""
  QStringList targets_;                      ///< those that could be
  QStringList targets_of_;                   ///< the files and folders that they are of
  std::map<std::string, BoundingBox> boxes_; ///< drawn by hand, by Sample::id
  QString class_file_;                       ///< "": the installed names
  QStringList class_names_;
  std::optional<double> read_scale_;            ///< what the chosen layer's regression says of the stage
  double read_outside_ = 0;                     ///< Regression::outside of the stage, where a range is known
  double true_scale_ = 0;                       ///< object scale of the frame that it was read from
  std::optional<AnalysisRequest> last_request_; ///< for the dialog to start from
  QString session_file_;                        ///< "": never saved
  std::optional<Session> restoring_;            ///< being put back, part after part
  UnsavedWork work_;
  std::deque<Plan> plans_; ///< that wait for an answer
  bool asking_ = false;
  int saving_ = 0; ///< how many sessions are being written
  bool closing_ = false;
  int wanted_channel_ = -1; ///< to be chosen when the next maps come
  bool remembers_ = false;
  QByteArray first_layout_; ///< as built
};

/// Whether its name says that a file is a network's.
[[nodiscard]] bool is_network_file(const QString& file);

} // namespace scalescope
