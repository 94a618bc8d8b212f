#include "ui/dialogs/experiment_dialog.h"

#include "core/base/error.h"
#include "core/base/explain.h"
#include "core/base/files.h"
#include "core/base/text.h"
#include "core/report/analysis_report.h"
#include "core/report/direction_report.h"
#include "core/report/invariance_report.h"
#include "datasets/readers.h"
#include "ui/dialogs/form_fields.h"
#include "ui/workers/file_jobs.h"

#include <QCheckBox>
#include <QComboBox>
#include <QCoreApplication>
#include <QDesktopServices>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPointer>
#include <QProgressBar>
#include <QPushButton>
#include <QRegularExpression>
#include <QSpinBox>
#include <QUrl>
#include <QVBoxLayout>

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {
namespace {

struct Kind {
  const char* title;
  QStringList words;              ///< behind `experiment`
  bool images;                    ///< needs those of the window
  bool curve;                     ///< ends in one
  std::vector<std::string> files; ///< that it writes
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {QT_TRANSLATE_NOOP("experiments", "Object scale, images as they are"),
       {"object-scale", "--observed"},
       true,
       true,
       analysis_files(true)},
      {QT_TRANSLATE_NOOP("experiments", "Object scale, objects shown at 8 scales"),
       {"object-scale", "--rendered"},
       true,
       true,
       analysis_files(true)},
      {QT_TRANSLATE_NOOP("experiments", "Image size"), {"image-size"}, true, true, analysis_files(true)},
      {QT_TRANSLATE_NOOP("experiments", "Noise: what the image size leaks"),
       {"noise"},
       false,
       true,
       analysis_files(true)},
      {QT_TRANSLATE_NOOP("experiments", "Invariance of the answers"), {"invariance"}, true, false, invariance_files()},
      {QT_TRANSLATE_NOOP("experiments", "Direction: is scale read along one vector?"),
       {"direction"},
       true,
       false,
       direction_files()}};
  return all;
}

QString joined(const std::array<float, 3>& values) {
  return QString::fromStdString(fmt::format("{},{},{}", values[0], values[1], values[2]));
}

QStringList network_arguments(const OpenedNetwork& network) {
  QStringList arguments;
  const ModelSource& source = network.source;
  if (!source.file.empty())
    arguments << "--model" << QString::fromStdString(std::filesystem::absolute(source.file).string());
  if (!source.architecture.empty())
    arguments << "--arch" << QString::fromStdString(source.architecture);
  if (source.random_weights)
    arguments << "--random-weights";
  const RunOptions& run = network.options;
  if (run.input_size > 0)
    arguments << "--input-size" << QString::number(run.input_size);
  if (run.device != "auto")
    arguments << "--device" << QString::fromStdString(run.device);
  if (run.engine != Engine::Auto)
    arguments << "--engine" << (run.engine == Engine::OpenVino ? "openvino" : "libtorch");
  if (run.precision == Precision::BFloat16)
    arguments << "--precision"
              << "bfloat16";
  if (run.threads > 0)
    arguments << "--threads" << QString::number(run.threads);
  return arguments;
}

QStringList preprocessing_arguments(const Preprocessing& how) {
  if (how.name == "custom")
    return {"--mean", joined(how.mean), "--std", joined(how.standard_deviation)};
  return {"--preprocess", QString::fromStdString(how.name)};
}

QString quoted_for_shell(const QString& word) {
  static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_./,:=+-]+$"));
  return plain.match(word).hasMatch() ? word
                                      : QStringLiteral("'%1'").arg(QString(word).replace("'", QStringLiteral("'\\''")));
}

} // namespace

std::string samples_csv(const std::vector<Sample>& samples) {
  const bool targets = !samples.empty() && samples.front().target.has_value();
  std::string text = "file,x,y,w,h,image_width,image_height,group";
  text += targets ? ",target\n" : "\n";
  for (const Sample& one : samples)
    if (one.box) {
      const bool is_stated = one.drawn_on && one.drawn_on->width > 0 && one.drawn_on->height > 0;
      text += fmt::format("{},{},{},{},{},{},{}", csv_field(std::filesystem::absolute(one.file).string()), one.box->x,
                          one.box->y, one.box->width, one.box->height,
                          is_stated ? fmt::format("{},{}", one.drawn_on->width, one.drawn_on->height) : ",",
                          csv_field(one.group));
      text += targets ? fmt::format(",{}\n", one.target.value_or(0)) : "\n";
    }
  return text;
}

ExperimentDialog::ExperimentDialog(ExperimentSubject subject, QString program, FileJobs& files, QWidget* parent)
    : QDialog(parent), subject_(std::move(subject)), program_(std::move(program)), files_(files) {
  setWindowTitle(tr("Experiment"));
  subject_.samples = under_rule(std::move(subject_.samples), ObjectRule::Skip);
  std::erase_if(subject_.samples.samples, [](const Sample& one) { return !one.box; });
  build();
  connect(&process_, &QProcess::readyReadStandardError, this, &ExperimentDialog::read_progress);
  connect(&process_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart)
      finish(tr("%1 can't be started; install it beside this program.").arg(program_), true);
  });
  connect(&process_, &QProcess::finished, this, [this](int code, QProcess::ExitStatus status) {
    read_progress();
    if (status == QProcess::CrashExit && !stopping_)
      return finish(tr("The experiment ended of itself, for want of memory perhaps; try fewer layers."), true);
    if (stopping_ || code == 130)
      return finish(tr("Stopped; nothing was written."), false);
    if (code != 0) {
      QString why = said_.trimmed().section('\n', -1);
      return finish(why.remove(QStringLiteral("scalescope-cli: ")), true);
    }
    report_->setEnabled(true);
    finish(tr("Done: report.html and the numbers are in %1.").arg(folder_->text()), false);
  });
  show_choice();
}

void ExperimentDialog::build() {
  kind_ = new QComboBox;
  for (const Kind& kind : kinds())
    kind_->addItem(QCoreApplication::translate("experiments", kind.title));
  layers_ = text_field(QStringLiteral("blocks"), tr("blocks, all, or names separated by commas"));
  repetitions_ = number_field(1, 1000, 10, tr("Each with other folds"));
  permutations_ = number_field(0, 100000, 99, tr("Of the targets: whether the peak could be chance. 0: no such test"));
  random_weights_ = new QCheckBox(tr("&random weights, beside random scale"));
  random_weights_->setChecked(true);
  seed_ = number_field(0, 1'000'000, 0, tr("Of folds, controls, noise and renderings"));
  folder_ = text_field({}, tr("Where report.html and the numbers are written"));
  auto* browse = new QPushButton(tr("&Browse…"));
  command_ = text_field({}, tr("Does the same in a terminal, once samples.csv is written"));
  command_->setReadOnly(true);

  auto* form = new QFormLayout;
  form->addRow(tr("&Experiment"), kind_);
  form->addRow(tr("&Layers"), layers_);
  form->addRow(tr("Re&petitions"), repetitions_);
  form->addRow(tr("Per&mutations"), permutations_);
  form->addRow(tr("Control"), random_weights_);
  form->addRow(tr("&Seed"), seed_);
  add_row_of_two(*form, tr("&Folder"), folder_, browse);
  form->addRow(tr("&Command"), command_);

  progress_ = new QProgressBar;
  progress_->setAccessibleName(tr("Progress of the experiment"));
  progress_->hide();
  message_ = new QLabel;
  message_->setWordWrap(true);
  message_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  start_ = buttons->addButton(tr("R&un"), QDialogButtonBox::ActionRole);
  stop_ = buttons->addButton(tr("S&top"), QDialogButtonBox::ActionRole);
  report_ = buttons->addButton(tr("&Open the report"), QDialogButtonBox::ActionRole);
  stop_->setEnabled(false);
  report_->setEnabled(false);
  connect(start_, &QPushButton::clicked, this, &ExperimentDialog::start);
  connect(stop_, &QPushButton::clicked, this, &ExperimentDialog::stop);
  connect(report_, &QPushButton::clicked, this,
          [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(folder_->text() + "/report.html")); });
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(browse, &QPushButton::clicked, this, [this] {
    if (const QString folder = QFileDialog::getExistingDirectory(this, tr("Folder for the results")); !folder.isEmpty())
      set_folder(folder);
  });
  connect(kind_, &QComboBox::currentIndexChanged, this, &ExperimentDialog::show_choice);
  for (QLineEdit* field : {layers_, folder_})
    connect(field, &QLineEdit::textChanged, this, &ExperimentDialog::show_choice);
  for (QSpinBox* field : {repetitions_, permutations_, seed_})
    connect(field, &QSpinBox::valueChanged, this, &ExperimentDialog::show_choice);
  connect(random_weights_, &QCheckBox::toggled, this, &ExperimentDialog::show_choice);

  auto* column = new QVBoxLayout(this);
  column->addLayout(form);
  column->addWidget(progress_);
  column->addWidget(message_, 1);
  column->addWidget(buttons);
  resize(620, sizeHint().height());
}

void ExperimentDialog::set_folder(const QString& folder) { folder_->setText(folder); }

QString ExperimentDialog::message() const { return message_->text(); }

QStringList ExperimentDialog::arguments() const {
  const Kind& kind = kinds()[static_cast<std::size_t>(kind_->currentIndex())];
  const QString folder = folder_->text().trimmed();
  if (folder.isEmpty())
    throw Error("No folder for the results is chosen; give one.");
  if (kind.images && subject_.samples.samples.empty())
    throw Error("No image with one object is open; open an annotated data set, or draw boxes.");
  QStringList arguments = QStringList{"experiment"} + kind.words + network_arguments(*subject_.network);
  if (kind.images)
    arguments << "--data" << folder + "/samples.csv";
  arguments << "--out" << folder << "--layers" << layers_->text().trimmed();
  arguments += preprocessing_arguments(subject_.preprocessing.preprocessing);
  if (kind.curve)
    arguments << "--repetitions" << QString::number(repetitions_->value()) << "--permutations"
              << QString::number(permutations_->value()) << "--controls"
              << (random_weights_->isChecked() ? "random-weights,random-scale" : "random-scale");
  // Weights that were drawn are drawn with the same seed.
  const auto seed = subject_.network->source.random_weights ? subject_.network->source.seed
                                                            : static_cast<std::uint64_t>(seed_->value());
  arguments << "--seed" << QString::number(seed);
  return arguments;
}

std::vector<std::string> ExperimentDialog::file_names() const {
  std::vector<std::string> names = kinds()[static_cast<std::size_t>(kind_->currentIndex())].files;
  names.emplace_back("samples.csv");
  return names;
}

void ExperimentDialog::show_choice() {
  const Kind& kind = kinds()[static_cast<std::size_t>(kind_->currentIndex())];
  for (QWidget* field : std::initializer_list<QWidget*>{repetitions_, permutations_, random_weights_})
    field->setEnabled(kind.curve);
  seed_->setEnabled(!subject_.network->source.random_weights);
  try {
    QStringList words{QStringLiteral("scalescope-cli")};
    for (const QString& word : arguments())
      words << quoted_for_shell(word);
    command_->setText(words.join(' '));
    command_->setCursorPosition(0);
  } catch (const Error&) {
    command_->clear(); // said when it is started
  }
  if (!running_)
    message_->setText(kind.images ? tr("Images with one object: %1.").arg(subject_.samples.samples.size())
                                  : tr("Images of noise; the images of the window have no part in it."));
}

void ExperimentDialog::start() {
  try {
    const QStringList chosen = arguments();
    running_ = true;
    stopping_ = false;
    said_.clear();
    start_->setEnabled(false);
    stop_->setEnabled(true);
    report_->setEnabled(false);
    progress_->setRange(0, 0);
    progress_->show();
    message_->setPalette(palette());
    message_->setText(tr("Starting…"));
    files_.run([self = QPointer<ExperimentDialog>(this), folder = folder_->text().trimmed().toStdString(),
                names = file_names(), open = subject_.open_files(), samples = subject_.samples.samples,
                chosen]() -> std::function<void()> {
      try {
        FileSet files(folder, names, open); // what the experiment writes does not replace what is open either
        files.write("samples.csv", samples_csv(samples));
        files.commit();
      } catch (const std::exception& e) {
        return [self, what = QString::fromStdString(explain(e))] {
          if (self)
            self->finish(what, true);
        };
      }
      return [self, chosen] {
        if (self)
          self->launch(chosen);
      };
    });
  } catch (const Error& e) {
    finish(QString::fromUtf8(e.what()), true);
  }
}

void ExperimentDialog::launch(const QStringList& arguments) {
  if (stopping_)
    return finish(tr("Stopped; nothing was written."), false);
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  environment.insert(QStringLiteral("OMP_WAIT_POLICY"), QStringLiteral("passive")); // the window works beside it
  process_.setProcessEnvironment(environment);
  process_.setStandardOutputFile(QProcess::nullDevice()); // the report says it
  process_.start(program_, arguments);
}

void ExperimentDialog::stop() {
  stopping_ = true;
  message_->setText(tr("Stopping…"));
  process_.terminate(); // it stops within one batch and leaves nothing behind
}

void ExperimentDialog::reject() {
  if (!running_)
    return QDialog::reject();
  closing_ = true;
  stop();
}

// "images: 80/239  388.9 images/s  1 s left", or "fitting: 10 %  ..."
void ExperimentDialog::read_progress() {
  static const QRegularExpression counted(QStringLiteral("^(\\S[^:]*): (\\d+)/(\\d+)  (.*)$"));
  static const QRegularExpression share(QStringLiteral("^(\\S[^:]*): (\\d+) %  (.*)$"));
  const QString text = QString::fromUtf8(process_.readAllStandardError());
  said_ += text;
  const QString last = text.trimmed().section('\n', -1);
  if (const auto match = counted.match(last); match.hasMatch()) {
    progress_->setRange(0, match.captured(3).toInt());
    progress_->setValue(match.captured(2).toInt());
  } else if (const auto percent = share.match(last); percent.hasMatch()) {
    progress_->setRange(0, 100);
    progress_->setValue(percent.captured(2).toInt());
  }
  if (!last.isEmpty() && !stopping_)
    message_->setText(last);
}

void ExperimentDialog::finish(const QString& text, bool is_error) {
  running_ = false;
  start_->setEnabled(true);
  stop_->setEnabled(false);
  progress_->hide();
  say_in(*message_, text, is_error);
  emit ended();
  if (closing_)
    QDialog::reject();
}

} // namespace scalescope
