#pragma once

#include "ui/workers/analysis_run.h"
#include "ui/workers/file_jobs.h"
#include "ui/workspace/explorer.h"
#include "ui/workspace/image_set.h"
#include "ui/workspace/session.h"
#include "ui/workspace/session_keeper.h"
#include "ui/workspace/stage_reader.h"
#include "ui/workspace/work_guard.h"

#include <QObject>
#include <QStringList>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace scalescope {

/// The document: everything that is open, and all results, independent of a window. It owns its parts and their
/// threads, and never waits. A window reads the parts, receives their signals, and passes the person's actions to them:
///
///     Workspace owns Explorer       the network, the sample on the stage, the person's changes of the object, layer,
///     undo
///                    ImageSet       samples and their files, the one on the stage, boxes drawn by hand, target
///                    AnalysisRun    the running analysis, and its results
///                    StageReader    the layer's prediction for the stage; listens to Explorer
///                    WorkGuard      unsaved work, and the question before it is lost
///                    SessionKeeper  saves and restores all this
///                    FileJobs       reads and writes files, sessions among them
///
/// Opening has two steps. First the network or the images are read: Explorer::network_loaded and ImageSet::found bring
/// them. Then WorkGuard asks about unsaved work that would be lost with what they replace. If the person agrees, they
/// replace it, and Explorer::network_opened or images_taken() tells so. If not, or if reading fails, nothing changes.
/// For a session, SessionKeeper lets a SessionRestore do this part after part. Errors come out as failed(), notes as
/// noted().
class Workspace : public QObject {
  Q_OBJECT

 public:
  explicit Workspace(QObject* parent = nullptr);
  ~Workspace() override;

  void set_questions(Questions questions) { guard_.set_questions(std::move(questions)); }
  /// Provides the run options whenever a network is opened. @param note a message for the person, or empty.
  void set_run_options(std::function<RunOptions(QString* note)> options) { run_options_ = std::move(options); }
  /// Adds the state of the window to a session: colours, layout.
  void set_view_keeper(std::function<void(Session& session)> keeper) { keep_view_ = std::move(keeper); }

  void open_network(const QString& file_or_name);
  void open_network(const ModelSource& source, int input_size); ///< @param input_size 0: the network's own
  /// Opens the present network again for other features of its tokens. @param then called when it is open.
  void open_for_tokens(Tokens tokens, std::function<void()> then = {});
  void open_images(const QStringList& files_and_folders, const ReadChoice& how = {});
  /// Opens networks, sessions and images.
  void open_files(const QStringList& files);
  void set_class_names(const QString& file); ///< one name per line, or a JSON list; empty: the installed ones

  [[nodiscard]] Session session() const; ///< all that a session file keeps

  void choose_sample(int sample); ///< puts it on the stage
  void walk_images(int step);
  void walk_layers(int step);            ///< through the blocks and the head
  void draw_box(const BoundingBox& box); ///< on the sample on the stage

  void analyze(AnalysisRequest request); ///< at once; an unsaved curve is replaced
  /// Starts the analysis that was requested for `network`; asks first about an unsaved curve.
  /// @param keep called if the user cancels.
  void want_analysis(const AnalysisRequest& request, const ChosenPreprocessing& preprocessing,
                     const std::shared_ptr<const NetworkInfo>& network, const std::function<void()>& keep = {});
  /// The same for a job of the dialog. If it reads other features of the tokens, the network is opened again first.
  void want_analysis(const AnalyzeJob& job, const ChosenPreprocessing& preprocessing,
                     const std::shared_ptr<const NetworkInfo>& network);
  [[nodiscard]] const std::optional<AnalysisRequest>& last_request() const { return last_request_; }
  void set_results(const AnalysisResults& results);                ///< from a session; replaces the old ones
  void set_boxes(const std::map<std::string, BoundingBox>& boxes); ///< likewise

  /// Calls action.run once unsaved work is saved or discarded: see WorkGuard.
  void when_safe(WorkGuard::Action action) { guard_.when_safe(std::move(action)); }
  [[nodiscard]] Work unsaved() const { return guard_.unsaved(); }
  /// The network's file, annotations and images, class names and session; no other output may overwrite them.
  [[nodiscard]] std::vector<std::filesystem::path> files_in_use() const;
  [[nodiscard]] bool settled() const; ///< nothing is loading or being computed

  [[nodiscard]] Explorer& explorer() { return explorer_; }
  [[nodiscard]] AnalysisRun& analysis() { return analysis_; }
  [[nodiscard]] ImageSet& images() { return images_; }
  [[nodiscard]] StageReader& reader() { return reader_; }
  [[nodiscard]] SessionKeeper& sessions() { return sessions_; }
  [[nodiscard]] const SessionKeeper& sessions() const { return sessions_; }
  [[nodiscard]] FileJobs& files() { return files_; }
  /// Those of the file that was chosen; else those that the network's config.json gives, else the installed ones.
  [[nodiscard]] const QStringList& class_names() const {
    return class_file_.isEmpty() && !names_of_network_.isEmpty() ? names_of_network_ : class_names_;
  }
  [[nodiscard]] const QString& class_file() const { return class_file_; } ///< "": the installed names

 signals:
  void opening_network(QString name);
  void images_taken();  ///< new images have replaced the old ones
  void images_kept();   ///< the old images stay: the person did not agree to replace them
  void images_failed(); ///< no usable image was found
  /// A folder could be several data sets; one of them is to be opened.
  void data_choice_wanted(std::vector<scalescope::DataChoice> choices);
  void analysis_started();
  void unsaved_changed();
  void failed(QString what);
  void noted(QString what);

 private:
  void connect_network();
  void connect_images();
  void connect_analysis();
  void ask_to_take(const std::shared_ptr<const NetworkInfo>& loaded);
  void ask_to_take_images(const OpenedImages& found, const QStringList& from, const ReadChoice& how);

  Explorer explorer_;
  AnalysisRun analysis_;
  ImageSet images_;
  StageReader reader_;
  WorkGuard guard_;
  SessionKeeper sessions_;
  std::function<RunOptions(QString* note)> run_options_;
  std::function<void(Session& session)> keep_view_;
  ModelSource known_; ///< the network of the results
  struct Awaited {
    ModelSource source;
    std::function<void()> then;
  };
  std::optional<Awaited> awaited_; ///< what open_for_tokens waits for
  QString class_file_;
  QStringList class_names_;
  QStringList names_of_network_;
  std::optional<AnalysisRequest> last_request_; ///< the first values of a dialog
  FileJobs files_;                              ///< last: its answers use all other members
};

} // namespace scalescope
