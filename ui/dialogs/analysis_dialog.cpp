#include "ui/dialogs/analysis_dialog.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "ui/dialogs/form_fields.h"
#include "ui/dialogs/further_fits.h"
#include "ui/dialogs/square_fields.h"
#include "ui/widgets/token_choice.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace scalescope {
namespace {

enum Scaling { in_use, torch, tf, caffe, custom };

std::array<float, 3> three_numbers(const QString& text, const char* what) {
  std::array<float, 3> numbers{};
  const QStringList parts = text.split(',');
  bool good = parts.size() == 3;
  for (int i = 0; good && i < 3; ++i)
    good = std::isfinite(numbers.at(static_cast<std::size_t>(i)) = parts[i].trimmed().toFloat(&good)) && good;
  if (!good)
    throw Error(fmt::format("\"{}\" is not a {} of red, green and blue; give three numbers separated by commas.",
                            text.toStdString(), what));
  return numbers;
}

/// The earlier choice of layers, if this network has them; it may have been made for another one.
QString layers_text(const std::vector<std::string>& earlier, const std::vector<std::string>& otherwise,
                    const NetworkInfo& network) {
  const bool has_all = std::ranges::all_of(earlier, [&](const std::string& name) {
    return name == "blocks" || name == "all" ||
           std::ranges::find(network.layers, name, &Layer::name) != network.layers.end();
  });
  return QString::fromStdString(fmt::format("{}", fmt::join(has_all ? earlier : otherwise, ", ")));
}

} // namespace

AnalysisDialog::AnalysisDialog(const NetworkInfo& network, const SampleSet& samples, ChosenPreprocessing preprocessing,
                               QWidget* parent)
    : QDialog(parent), network_(network), samples_(samples), preprocessing_(std::move(preprocessing)),
      objects_(new QComboBox), classes_(class_field(samples)), count_(new QLabel),
      layers_(text_field(QStringLiteral("blocks"), tr("blocks, all, or names of layers separated by commas"))),
      inside_(text_field({}, tr("Blocks whose inner layers are analysed too, separated by commas; or blocks for all"))),
      tokens_(has_token_choice(network) ? new QComboBox : nullptr), scaling_(new QComboBox),
      square_(new SquareFields(preprocessing_.preprocessing.resizing)),
      mean_(text_field(QStringLiteral("0.5, 0.5, 0.5"), tr("Mean of red, green and blue, from 0 to 1"))),
      standard_deviation_(
          text_field(QStringLiteral("0.5, 0.5, 0.5"), tr("Standard deviation of red, green and blue, from 0 to 1"))),
      protocol_(new QComboBox), repetitions_(number_field(1, 1000, 10, tr("Each repetition has other folds"))),
      folds_(text_field(
          {},
          tr("A file with folds, such as the analysis.json of an earlier run. If empty, folds are drawn at random"))),
      seed_(number_field(0, 1'000'000, 0, tr("Seed of folds, controls and random weights"))),
      batch_(number_field(1, 1024, 16, tr("Number of images that the network processes at once"))),
      random_weights_(new QCheckBox(tr("random weights: the same network without its knowledge"))),
      random_scale_(new QCheckBox(tr("random scale: permuted targets"))), further_(new FurtherFits) {
  setWindowTitle(tr("Analyse"));
  count_->setWordWrap(true);
  objects_->addItems({tr("leave the image out"), tr("take its largest object"), tr("one row per object")});
  scaling_->addItems(
      {tr("%1 (%2)").arg(
           QString::fromStdString(preprocessing_.preprocessing.name),
           QString::fromStdString(preprocessing_.reason).section(u';', 0, 0)), // without the advice for the terminal
       tr("torch: mean and standard deviation of ImageNet"), tr("tf: from -1 to 1"), tr("caffe: BGR, minus the mean"),
       tr("your own mean and standard deviation")});
  if (tokens_ != nullptr)
    offer_tokens(*tokens_, network);
  protocol_->addItems({tr("ridge: grouped 5-fold, penalty by inner 5-fold, held-out features clipped"),
                       tr("ridge-unclipped: the same without clipping"),
                       tr("paper: least squares on ten 70/30 splits")}); // in the order of Protocol
  random_scale_->setChecked(true);
  auto* browse = new QPushButton(tr("Browse…"));
  browse->setAutoDefault(false);
  auto* own = new QHBoxLayout;
  own->addWidget(mean_);
  own->addWidget(standard_deviation_);
  auto* form = new QFormLayout(this);
  form->addRow(tr("Images with several &objects"), objects_);
  form->addRow(tr("&Classes"), classes_);
  form->addRow(QString(), count_);
  form->addRow(tr("&Layers"), layers_);
  form->addRow(tr("&Inner layers of"), inside_);
  if (tokens_ != nullptr)
    form->addRow(tr("&Tokens"), tokens_);
  form->addRow(tr("Pi&xels scaled as"), scaling_);
  form->addRow(tr("Mean, standard deviation"), own);
  form->addRow(tr("S&quare"), square_);
  form->addRow(tr("&Protocol"), protocol_);
  form->addRow(tr("&Repetitions"), repetitions_);
  add_row_of_two(*form, tr("&Folds of"), folds_, browse);
  form->addRow(tr("&Seed"), seed_);
  form->addRow(tr("Images per &batch"), batch_);
  form->addRow(tr("Controls"), random_weights_);
  form->addRow(QString(), random_scale_);
  form->addRow(tr("Also measure"), further_);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
  buttons->button(QDialogButtonBox::Ok)->setText(tr("&Analyse"));
  auto* save = buttons->addButton(tr("Save as &job…"), QDialogButtonBox::ActionRole);
  save->setToolTip(tr("Save this analysis as a job file. scalescope-cli run gives the same results"));
  save->setAutoDefault(false);
  problem_ = new QLabel;
  problem_->setWordWrap(true);
  problem_->hide();
  form->addRow(problem_);
  form->addRow(buttons);
  connect(save, &QPushButton::clicked, this, [this] {
    try {
      emit job_wanted(job());
      problem_->hide();
    } catch (const Error& e) {
      say_in(*problem_, QString::fromUtf8(e.what()), true);
      problem_->show();
    }
  });
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(objects_, &QComboBox::currentIndexChanged, this, &AnalysisDialog::show_count);
  connect(classes_, &QLineEdit::textChanged, this, &AnalysisDialog::show_count);
  connect(scaling_, &QComboBox::currentIndexChanged, this, &AnalysisDialog::show_custom);
  connect(browse, &QPushButton::clicked, this, [this] {
    const QString file = QFileDialog::getOpenFileName(this, tr("Folds of an earlier run"), folds_->text(),
                                                      tr("Folds (*.json);;All files (*)"));
    if (!file.isEmpty())
      folds_->setText(file);
  });
  show_count();
  show_custom();
}

void AnalysisDialog::set_job(const AnalyzeJob& earlier) {
  objects_->setCurrentIndex(static_cast<int>(earlier.read.objects));
  classes_->setText(QString::fromStdString(fmt::format("{}", fmt::join(earlier.read.classes, ", "))));
  layers_->setText(layers_text(earlier.layers, AnalyzeJob().layers, network_));
  inside_->setText(layers_text(earlier.inside, {}, network_));
  further_->show_choice_of(earlier);
  protocol_->setCurrentIndex(static_cast<int>(earlier.protocol.value_or(Protocol::Ridge)));
  repetitions_->setValue(earlier.repetitions);
  folds_->setText(QString::fromStdString(earlier.folds));
  seed_->setValue(static_cast<int>(earlier.seed));
  batch_->setValue(earlier.batch);
  random_weights_->setChecked(std::ranges::count(earlier.controls, "random-weights") > 0);
  random_scale_->setChecked(std::ranges::count(earlier.controls, "random-scale") > 0);
}

ObjectRule AnalysisDialog::rule() const { return static_cast<ObjectRule>(objects_->currentIndex()); }

void AnalysisDialog::show_count() {
  try {
    const std::size_t chosen = select_samples(samples_, rule(), class_names(*classes_)).samples.size();
    say_in(*count_, tr("%1 of %2 objects").arg(chosen).arg(samples_.samples.size()));
  } catch (const Error& e) { // a class that there is not, perhaps not written to its end yet
    say_in(*count_, QString::fromUtf8(e.what()), true);
  }
}

void AnalysisDialog::show_custom() {
  mean_->setEnabled(scaling_->currentIndex() == custom);
  standard_deviation_->setEnabled(scaling_->currentIndex() == custom);
}

PreprocessingChoice AnalysisDialog::chosen_preprocessing() const {
  PreprocessingChoice choice = chosen_scaling();
  const Resizing square = square_->resizing();
  if (scaling_->currentIndex() == in_use && square == preprocessing_.preprocessing.resizing)
    return choice;
  choice.resize = square.mode;
  choice.interpolation = square.interpolation;
  choice.crop = square.crop;
  return choice;
}

PreprocessingChoice AnalysisDialog::chosen_scaling() const {
  switch (scaling_->currentIndex()) {
  case in_use:
    return choice_of(preprocessing_, network_);
  case custom:
    return {.mode = {},
            .custom = {{three_numbers(mean_->text(), "mean"),
                        three_numbers(standard_deviation_->text(), "standard deviation")}}};
  default:
    return {.mode = std::array{"torch", "tf", "caffe"}.at(static_cast<std::size_t>(scaling_->currentIndex() - torch)),
            .custom = {}};
  }
}

ChosenPreprocessing AnalysisDialog::preprocessing() const {
  if (scaling_->currentIndex() == in_use && square_->resizing() == preprocessing_.preprocessing.resizing)
    return preprocessing_;
  return {chosen(chosen_preprocessing(), network_).preprocessing, tr("given").toStdString()};
}

AnalyzeJob AnalysisDialog::job() const {
  AnalyzeJob job;
  job.network = choice_of(network_);
  if (tokens_ != nullptr)
    job.network.tokens = chosen_tokens(*tokens_);
  job.read = {.objects = rule(), .classes = class_names(*classes_), .keep_going = true}; // faults are listed
  job.layers = layer_names(*layers_);
  if (!inside_->text().trimmed().isEmpty())
    job.inside = layer_names(*inside_);
  further_->choose_for(job);
  job.preprocessing = chosen_preprocessing();
  job.protocol = static_cast<Protocol>(protocol_->currentIndex());
  job.repetitions = repetitions_->value();
  job.folds = folds_->text().trimmed().toStdString();
  job.seed = static_cast<std::uint32_t>(seed_->value());
  job.batch = batch_->value();
  if (random_weights_->isChecked())
    job.controls.emplace_back("random-weights");
  if (random_scale_->isChecked())
    job.controls.emplace_back("random-scale");
  return job;
}

AnalysisRequest AnalysisDialog::request() const { return request_of(job(), samples_, network_); }

} // namespace scalescope
