#include "ui/dialogs/fine_tune_dialog.h"

#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/prune/truncation_point.h"
#include "ui/curve/loss_view.h"
#include "ui/dialogs/form_fields.h"
#include "ui/workspace/sample_model.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>

#include <fmt/format.h>

#include <cmath>

namespace scalescope {
FineTuneDialog::FineTuneDialog(std::shared_ptr<const NetworkInfo> network, ChosenPreprocessing preprocessing,
                               const QString& layer, NetworkWorker& worker, OpenFiles open_files, QWidget* parent)
    : QDialog(parent), network_(std::move(network)), preprocessing_(std::move(preprocessing)), worker_(worker),
      open_files_(std::move(open_files)) {
  setWindowTitle(tr("Fine-tune"));
  build(layer);
  connect_worker();
}

FineTuneDialog::~FineTuneDialog() { worker_.cancel_fine_tuning(); }

void FineTuneDialog::build(const QString& layer) {
  data_ = text_field({}, tr("A folder with the folders images and masks. Masks have the names of the images, 0 for the "
                            "background and a number for each nucleus"));
  split_ = new QCheckBox(tr("split mas&ks into connected parts"));
  split_->setToolTip(tr("For masks with one number for all nuclei: each connected part is a nucleus"));
  auto* browse = new QPushButton(tr("Browse…"));
  browse->setAutoDefault(false);
  connect(browse, &QPushButton::clicked, this, [this] {
    if (const QString folder = QFileDialog::getExistingDirectory(this, tr("Images with label masks"), data_->text());
        !folder.isEmpty())
      set_data(folder);
  });
  magnifications_ =
      text_field(QStringLiteral("15, 20, 30, 40"), tr("Magnifications of the patches; at most the native one"));
  native_ = new QDoubleSpinBox;
  native_->setRange(0.01, 10000);
  native_->setValue(40);
  native_->setToolTip(tr("Magnification that the images were taken at"));
  patches_ = number_field(1, 1000, 3, tr("Patches per image and magnification"));
  side_ = number_field(16, 2048, network_->input_size,
                       tr("Side of a patch, which is the network's input size. Small images and low magnifications "
                          "need small patches, because patches are neither padded nor enlarged."));
  side_->setSuffix(tr(" px"));
  full_ = new QCheckBox(tr("the &whole network, up to its last pooled features"));
  full_->setChecked(true);
  truncated_ = new QCheckBox(tr("pr&uned after"));
  layers_ = new QComboBox;
  for (const Layer& one : network_->layers)
    if (is_truncation_point(one))
      layers_->addItem(QString::fromStdString(one.name));
  truncated_->setEnabled(layers_->count() > 0);
  if (const int at = layers_->findText(layer); at >= 0) {
    layers_->setCurrentIndex(at);
    truncated_->setChecked(true);
  }
  auto* cut = new QHBoxLayout;
  cut->addWidget(truncated_);
  cut->addWidget(layers_, 1);
  learning_rate_ = text_field(QStringLiteral("0.0001"), tr("Learning rate of Adam"));
  batch_ = number_field(1, 1024, 32, tr("Patches per step"));
  epochs_box_ = number_field(1, 10000, 5, tr("Passes over all patches; the best one by validation is kept"));
  runs_ = number_field(1, 100, 3, tr("Trainings per network, each with other held-out images"));
  seed_ = number_field(0, 1'000'000, 0, tr("Seed of patches, folds, the new layer and the order of patches"));

  auto* form = new QFormLayout;
  add_row_of_two(*form, tr("&Images and masks"), data_, browse);
  form->addRow(QString(), split_);
  form->addRow(tr("&Magnifications"), magnifications_);
  form->addRow(tr("&Native magnification"), native_);
  form->addRow(tr("&Patches"), patches_);
  form->addRow(tr("Si&de of a patch"), side_);
  form->addRow(tr("Train"), full_);
  form->addRow(QString(), cut);
  form->addRow(tr("&Learning rate"), learning_rate_);
  form->addRow(tr("&Batch"), batch_);
  form->addRow(tr("&Epochs"), epochs_box_);
  form->addRow(tr("&Runs"), runs_);
  form->addRow(tr("Seed"), seed_);

  losses_ = new LossView;
  progress_ = new QProgressBar;
  progress_->setAccessibleName(tr("Progress of the training"));
  progress_->hide();
  message_ = new QLabel(tr("The network learns from patches of these magnifications to return the mean area of the "
                           "nuclei in a patch. All patches of one image are on the same side of a split."));
  message_->setWordWrap(true);
  message_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  start_ = buttons->addButton(tr("&Train"), QDialogButtonBox::ActionRole);
  stop_ = buttons->addButton(tr("S&top"), QDialogButtonBox::ActionRole);
  save_ = buttons->addButton(tr("&Save results…"), QDialogButtonBox::ActionRole);
  stop_->setEnabled(false);
  save_->setEnabled(false);
  connect(start_, &QPushButton::clicked, this, &FineTuneDialog::start_as_chosen);
  connect(stop_, &QPushButton::clicked, this, &FineTuneDialog::stop);
  connect(save_, &QPushButton::clicked, this, [this] {
    if (const QString folder = QFileDialog::getExistingDirectory(this, tr("Folder for the results")); !folder.isEmpty())
      save(folder);
  });
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);

  auto* column = new QVBoxLayout(this);
  column->addLayout(form);
  column->addWidget(losses_, 1);
  column->addWidget(progress_);
  column->addWidget(message_);
  column->addWidget(buttons);
}

void FineTuneDialog::connect_worker() {
  connect(&worker_, &NetworkWorker::fine_tuning, this,
          [this](std::uint64_t serial, const TransferTrainingProgress& progress) {
            if (running_ && serial == serial_)
              show_losses(progress);
          });
  connect(&worker_, &NetworkWorker::fine_tuning_progressed, this,
          [this](std::uint64_t serial, const JobProgress& progress) {
            if (running_ && serial == serial_)
              progress_->setValue(static_cast<int>(1000 * progress.whole));
          });
  connect(&worker_, &NetworkWorker::fine_tuned, this,
          [this](std::uint64_t serial, const std::shared_ptr<const FineTuneAnswer>& answer) {
            if (!running_ || serial != serial_)
              return;
            answer_ = answer;
            show_answer();
          });
  connect(&worker_, &NetworkWorker::fine_tuning_failed, this, [this](std::uint64_t serial, const QString& what) {
    if (serial == serial_)
      end(what.isEmpty() ? tr("Stopped before the first epoch was finished.") : what, !what.isEmpty());
  });
  connect(&worker_, &NetworkWorker::fine_tuning_saved, this, [this](const QString& folder) {
    message_->setText(
        tr("Saved in %1: report.html, transfer.csv, fine-tuning.csv and the trained networks.").arg(folder));
  });
}

void FineTuneDialog::set_data(const QString& folder) { data_->setText(folder); }

FineTuneJob FineTuneDialog::job() const {
  FineTuneJob job;
  TransferJob& transfer = job.transfer;
  transfer.network = choice_of(*network_);
  transfer.data = data_->text().trimmed().toStdString();
  if (transfer.data.empty())
    throw Error("No images are chosen; give a folder with images and masks.");
  transfer.layers.clear();
  if (full_->isChecked())
    transfer.layers.emplace_back("full");
  if (truncated_->isChecked())
    transfer.layers.push_back(layers_->currentText().toStdString());
  if (transfer.layers.empty())
    throw Error("There is nothing to train; choose the whole network, a pruned one, or both.");
  transfer.preprocessing = choice_of(preprocessing_, *network_);
  PatchSettings& patches = transfer.patches;
  patches.magnifications.clear();
  for (const QString& part : magnifications_->text().split(',', Qt::SkipEmptyParts)) {
    bool good = false;
    patches.magnifications.push_back(part.trimmed().toDouble(&good));
    if (!good)
      throw Error(fmt::format("\"{}\" is not a magnification; give numbers separated by commas.", part.toStdString()));
  }
  patches.native = native_->value();
  patches.split_masks = split_->isChecked();
  patches.patches = patches_->value();
  patches.side = side_->value();
  transfer.seed = static_cast<std::uint32_t>(seed_->value());
  bool good = false;
  job.training.learning_rate = learning_rate_->text().toDouble(&good);
  if (!good || !(job.training.learning_rate > 0))
    throw Error(fmt::format("\"{}\" is not a learning rate; give a number above 0, such as 0.0001.",
                            learning_rate_->text().toStdString()));
  job.training.batch = batch_->value();
  job.training.epochs = epochs_box_->value();
  job.runs = runs_->value();
  return job;
}

void FineTuneDialog::start_as_chosen() {
  try {
    start(job());
  } catch (const Error& e) {
    end(QString::fromUtf8(e.what()), true);
  }
}

void FineTuneDialog::start(const FineTuneJob& job) {
  epochs_ = job.training.epochs;
  answer_.reset();
  curves_.clear();
  losses_->set_curves({}, epochs_);
  running_ = true;
  start_->setEnabled(false);
  stop_->setEnabled(true);
  save_->setEnabled(false);
  progress_->setRange(0, 1000);
  progress_->setValue(0);
  progress_->show();
  message_->setPalette(palette());
  message_->setText(tr("Cropping patches and measuring the network before training…"));
  worker_.fine_tune({++serial_, network_, job});
}

void FineTuneDialog::stop() { worker_.cancel_fine_tuning(); }

void FineTuneDialog::save(const QString& folder) { worker_.save_fine_tuning(answer_, folder, open_files_()); }

LossCurve& FineTuneDialog::curve_of(const TransferTrainingProgress& progress) {
  const QString name = tr("%1 #%2").arg(QString::fromStdString(progress.layer)).arg(progress.run + 1);
  if (curves_.empty() || curves_.back().name != name)
    curves_.push_back({name, {}, 0});
  return curves_.back();
}

void FineTuneDialog::show_losses(const TransferTrainingProgress& progress) {
  const FineTuneProgress& now = progress.training;
  LossCurve& curve = curve_of(progress);
  curve.training_loss_so_far = now.stage == FineTuneProgress::Stage::Training ? now.training_loss : 0;
  if (now.finished)
    curve.epochs.push_back(*now.finished);
  losses_->set_curves(curves_, epochs_);
  message_->setText(tr("%1: epoch %2 of %3, %4")
                        .arg(curve.name)
                        .arg(now.epoch)
                        .arg(epochs_)
                        .arg(now.stage == FineTuneProgress::Stage::Training     ? tr("learning")
                             : now.stage == FineTuneProgress::Stage::Validation ? tr("validating")
                                                                                : tr("testing")));
}

void FineTuneDialog::show_answer() {
  const QLocale locale;
  const auto text = [&](double value, int digits) {
    return std::isfinite(value) ? locale.toString(value, 'f', digits) : QStringLiteral("–");
  };
  QString rows =
      QStringLiteral("<tr><td></td><td align=right>%1</td><td align=right>%2</td><td align=right>%3</td></tr>")
          .arg(tr("mean absolute error, px"), tr("kappa of the magnification"), tr("best epoch"));
  const auto row = [&](const QString& what, double error, double kappa, const QString& epoch) {
    rows += QStringLiteral("<tr><td>%1</td><td align=right>%2</td><td align=right>%3</td><td align=right>%4</td></tr>")
                .arg(what.toHtmlEscaped(), text(error, 1), text(kappa, 2), epoch);
  };
  for (const TransferLayer& layer : answer_->result.transfer.layers)
    row(tr("%1, linear regression").arg(QString::fromStdString(layer.name)), mean_of(layer.area.error),
        mean_of(layer.area.kappa), {});
  const TransferTraining& training = *answer_->result.context.training;
  for (const TrainedLayer& layer : training.layers)
    for (std::size_t i = 0; i < layer.runs.size(); ++i) {
      const TrainingRun& run = layer.runs[i];
      row(tr("%1, trained, run %2").arg(QString::fromStdString(layer.name)).arg(i + 1), run.tested ? run.error : NAN,
          run.tested ? run.kappa : NAN, run.best_epoch > 0 ? QString::number(run.best_epoch) : QStringLiteral("–"));
    }
  QString said = QStringLiteral("<table cellpadding=3>%1</table>").arg(rows);
  if (training.stopped)
    said += tr("<p>The training was stopped; the best state so far is kept.</p>");
  if (!training.failure.empty())
    said += QStringLiteral("<p>%1</p>").arg(QString::fromStdString(training.failure).toHtmlEscaped());
  if (const QString noted = summary_of(answer_->result.transfer.patches.remarks); !noted.isEmpty())
    said += QStringLiteral("<p>%1</p>").arg(noted.toHtmlEscaped());
  end(said, false);
  save_->setEnabled(true);
}

void FineTuneDialog::end(const QString& text, bool is_error) {
  running_ = false;
  start_->setEnabled(true);
  stop_->setEnabled(false);
  progress_->hide();
  say_in(*message_, text, is_error);
  emit finished_training();
}

} // namespace scalescope
