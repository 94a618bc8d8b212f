#pragma once

#include "ui/window/open_files.h"
#include "ui/workspace/explorer.h"

#include <QDialog>

#include <memory>
#include <vector>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QSpinBox;

namespace scalescope {

class LossView;
struct LossCurve;

/// Trains the network, whole or up to a layer, for the task of `scalescope-cli transfer --fine-tune`, and shows the
/// losses. If the training is stopped, its best state stays and can be saved.
class FineTuneDialog : public QDialog {
  Q_OBJECT

 public:
  /// @param layer to prune after, if that is possible. @param open_files these are never overwritten.
  FineTuneDialog(std::shared_ptr<const NetworkInfo> network, ChosenPreprocessing preprocessing, const QString& layer,
                 NetworkWorker& worker, OpenFiles open_files, QWidget* parent = nullptr);
  ~FineTuneDialog() override; ///< stops what is running

  void set_data(const QString& folder);
  /// The chosen job. @throws Error for numbers that can't be read, or nothing to train.
  [[nodiscard]] FineTuneJob job() const;
  void start(const FineTuneJob& job);
  void stop();
  void save(const QString& folder); ///< the files of `scalescope-cli transfer --fine-tune`
  [[nodiscard]] const std::shared_ptr<const FineTuneAnswer>& answer() const { return answer_; }

 signals:
  void finished_training(); ///< answer() exists, or a message says why not

 private:
  void build(const QString& layer);
  void connect_worker();
  void start_as_chosen();
  void show_losses(const TransferTrainingProgress& progress);
  void show_answer();
  void end(const QString& text, bool is_error);
  [[nodiscard]] LossCurve& curve_of(const TransferTrainingProgress& progress);

  std::shared_ptr<const NetworkInfo> network_;
  ChosenPreprocessing preprocessing_;
  NetworkWorker& worker_;
  OpenFiles open_files_;
  std::shared_ptr<const FineTuneAnswer> answer_;
  std::vector<LossCurve> curves_;
  std::uint64_t serial_ = 0; ///< of the latest request
  int epochs_ = 0;           ///< of the latest request
  bool running_ = false;

  QLineEdit* data_ = nullptr;
  QLineEdit* magnifications_ = nullptr;
  QCheckBox* split_ = nullptr;
  QDoubleSpinBox* native_ = nullptr;
  QSpinBox* patches_ = nullptr;
  QSpinBox* side_ = nullptr;
  QCheckBox* full_ = nullptr;
  QCheckBox* truncated_ = nullptr;
  QComboBox* layers_ = nullptr;
  QLineEdit* learning_rate_ = nullptr;
  QSpinBox* batch_ = nullptr;
  QSpinBox* epochs_box_ = nullptr;
  QSpinBox* runs_ = nullptr;
  QSpinBox* seed_ = nullptr;
  LossView* losses_ = nullptr;
  QProgressBar* progress_ = nullptr;
  QLabel* message_ = nullptr;
  QPushButton* start_ = nullptr;
  QPushButton* stop_ = nullptr;
  QPushButton* save_ = nullptr;
};

} // namespace scalescope
