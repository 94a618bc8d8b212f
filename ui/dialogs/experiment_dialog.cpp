#include "ui/dialogs/experiment_dialog.h"

#include "core/base/error.h"
#include "core/base/explain.h"
#include "core/base/file_set.h"
#include "core/base/text.h"
#include "core/jobs/job_file.h"
#include "datasets/readers.h"
#include "ui/dialogs/form_fields.h"
#include "ui/dialogs/further_fits.h"
#include "ui/dialogs/square_fields.h"
#include "ui/widgets/token_choice.h"
#include "ui/workers/file_jobs.h"

#include <QCheckBox>
#include <QComboBox>
#include <QCoreApplication>
#include <QDesktopServices>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QJsonDocument>
#include <QJsonObject>
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
#include <array>

namespace scalescope {
namespace {

QString quoted_for_shell(const QString& word) {
  static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_./,:=+-]+$"));
  return plain.match(word).hasMatch() ? word
                                      : QStringLiteral("'%1'").arg(QString(word).replace("'", QStringLiteral("'\\''")));
}

bool takes_random_weights(ExperimentKind kind) {
  const ExperimentInfo& info = info_of(kind);
  return info.ends_in_curve || std::ranges::count(info.parts, ExperimentPart::RandomWeights) > 0;
}

} // namespace

std::string samples_csv(const std::vector<Sample>& samples) {
  const bool targets = !samples.empty() && samples.front().target.has_value();
  const bool classes = std::ranges::any_of(samples, [](const Sample& one) { return !one.category.empty(); });
  std::string text = "file,x,y,w,h,image_width,image_height,group";
  text += classes ? ",class" : "";
  text += targets ? ",target\n" : "\n";
  for (const Sample& one : samples)
    if (one.box) {
      const DrawnOn size = one.drawn_on.value_or(DrawnOn());
      const std::string stated = size.in_fractions                   ? "1,1" // as fractions are read again
                                 : size.width > 0 && size.height > 0 ? fmt::format("{},{}", size.width, size.height)
                                                                     : ",";
      text += fmt::format("{},{},{},{},{},{},{}", csv_field(std::filesystem::absolute(one.file).string()), one.box->x,
                          one.box->y, one.box->width, one.box->height, stated, csv_field(one.group));
      text += classes ? fmt::format(",{}", csv_field(one.category)) : "";
      text += targets ? fmt::format(",{}\n", one.target.value_or(0)) : "\n";
    }
  return text;
}

ExperimentDialog::ExperimentDialog(ExperimentSubject subject, QString program, FileJobs& files, QWidget* parent)
    : QDialog(parent), subject_(std::move(subject)), program_(std::move(program)), files_(files) {
  setWindowTitle(tr("Experiment"));
  std::erase_if(subject_.samples.samples, [](const Sample& one) { return !one.box; });
  build();
  connect(&process_, &QProcess::readyReadStandardOutput, this, &ExperimentDialog::read_progress);
  connect(&process_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart)
      finish(tr("%1 can't be started; install it beside this program.").arg(program_), true);
  });
  connect(&process_, &QProcess::finished, this, [this](int code, QProcess::ExitStatus status) {
    read_progress();
    if (status == QProcess::CrashExit && !stopping_)
      return finish(tr("The experiment ended unexpectedly, perhaps because memory ran out; try fewer layers."), true);
    if (stopping_ || code == 130)
      return finish(tr("Stopped; nothing was written."), false);
    if (code != 0) {
      QString why = QString::fromUtf8(process_.readAllStandardError()).trimmed().section('\n', -1);
      return finish(why.remove(QStringLiteral("scalescope-cli: ")), true);
    }
    report_->setEnabled(true);
    finish(tr("Done: report.html and the numbers are in %1.").arg(folder_->text()), false);
  });
  show_choice();
}

void ExperimentDialog::build() {
  kind_ = new QComboBox;
  for (const ExperimentInfo& kind : experiment_kinds())
    kind_->addItem(QCoreApplication::translate("experiments", kind.title));
  classes_ = class_field(subject_.samples);
  layers_ = text_field(QStringLiteral("blocks"), tr("blocks, all, or names separated by commas"));
  if (has_token_choice(*subject_.network)) {
    tokens_ = new QComboBox;
    offer_tokens(*tokens_, *subject_.network);
  }
  square_ = new SquareFields(subject_.preprocessing.preprocessing.resizing);
  repetitions_ = number_field(1, 1000, 10, tr("Each repetition has other folds"));
  permutations_ = number_field(0, 100000, 99,
                               tr("Permutations of the targets, to test whether the peak could be chance. 0: no test"));
  random_weights_ = new QCheckBox(tr("&random weights: the same network without its knowledge"));
  random_weights_->setChecked(true);
  further_ = new FurtherFits;
  seed_ = number_field(0, 1'000'000, 0, tr("Seed of folds, controls, noise and renderings"));
  folder_ = text_field({}, tr("Folder for report.html and the numbers"));
  auto* browse = new QPushButton(tr("&Browse…"));
  command_ = text_field({}, tr("This command does the same in a terminal, with a saved job.json"));
  command_->setReadOnly(true);

  auto* form = new QFormLayout;
  form->addRow(tr("&Experiment"), kind_);
  form->addRow(tr("Classes"), classes_);
  form->addRow(tr("&Layers"), layers_);
  if (tokens_ != nullptr)
    form->addRow(tr("To&kens"), tokens_);
  form->addRow(tr("S&quare"), square_);
  form->addRow(tr("Re&petitions"), repetitions_);
  form->addRow(tr("Per&mutations"), permutations_);
  form->addRow(tr("Control"), random_weights_);
  form->addRow(tr("Also measure"), further_);
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
  for (QLineEdit* field : {classes_, layers_, folder_})
    connect(field, &QLineEdit::textChanged, this, &ExperimentDialog::show_choice);
  for (QSpinBox* field : {repetitions_, permutations_, seed_})
    connect(field, &QSpinBox::valueChanged, this, &ExperimentDialog::show_choice);
  connect(random_weights_, &QCheckBox::toggled, this, &ExperimentDialog::show_choice);
  connect(further_, &FurtherFits::changed, this, &ExperimentDialog::show_choice);

  auto* column = new QVBoxLayout(this);
  column->addLayout(form);
  column->addWidget(progress_);
  column->addWidget(message_, 1);
  column->addWidget(buttons);
  resize(620, sizeHint().height());
}

void ExperimentDialog::set_folder(const QString& folder) { folder_->setText(folder); }

QString ExperimentDialog::message() const { return message_->text(); }

ExperimentKind ExperimentDialog::kind() const {
  return experiment_kinds().at(static_cast<std::size_t>(std::max(0, kind_->currentIndex()))).kind;
}

ExperimentJob ExperimentDialog::job() const {
  const QString folder = folder_->text().trimmed();
  if (folder.isEmpty())
    throw Error("No folder for the results is chosen; give one.");
  if (info_of(kind()).reads_data && chosen_samples().empty())
    throw Error("No image with exactly one object is open; open an annotated data set, or draw boxes.");
  ExperimentJob job(kind());
  job.network = choice_of(*subject_.network);
  if (info_of(kind()).reads_data)
    job.data = QDir(folder).absoluteFilePath(QStringLiteral("samples.csv")).toStdString();
  job.out = QDir(folder).absolutePath().toStdString();
  job.layers = layer_names(*layers_);
  if (tokens_ != nullptr)
    job.network.tokens = chosen_tokens(*tokens_);
  Preprocessing preprocessing = subject_.preprocessing.preprocessing;
  preprocessing.resizing = square_->resizing();
  job.preprocessing = choice_of(preprocessing);
  if (info_of(kind()).ends_in_curve) {
    job.repetitions = repetitions_->value();
    job.permutations = permutations_->value();
    further_->choose_for(job);
  }
  if (takes_random_weights(kind()) && !random_weights_->isChecked())
    std::erase(job.controls, "random-weights");
  // Random weights are drawn again with the same seed.
  job.seed = subject_.network->source.random_weights ? static_cast<std::uint32_t>(subject_.network->source.seed)
                                                     : static_cast<std::uint32_t>(seed_->value());
  return job;
}

std::vector<std::string> ExperimentDialog::file_names() const {
  std::vector<std::string> names = info_of(kind()).files();
  names.insert(names.end(), {"samples.csv", "job.json"});
  return names;
}

QString ExperimentDialog::job_file() const {
  return QDir(folder_->text().trimmed()).absoluteFilePath(QStringLiteral("job.json"));
}

void ExperimentDialog::show_choice() {
  classes_->setEnabled(info_of(kind()).reads_data && !classes_of(subject_.samples).empty());
  for (QWidget* field : std::initializer_list<QWidget*>{repetitions_, permutations_, further_})
    field->setEnabled(info_of(kind()).ends_in_curve);
  square_->setEnabled(info_of(kind()).reads_data);
  random_weights_->setEnabled(takes_random_weights(kind()));
  seed_->setEnabled(!subject_.network->source.random_weights);
  command_->setText(folder_->text().trimmed().isEmpty()
                        ? QString()
                        : QStringLiteral("scalescope-cli run ") + quoted_for_shell(job_file()));
  command_->setCursorPosition(0);
  if (running_)
    return;
  try {
    say_in(*message_, info_of(kind()).reads_data ? tr("Images with one object: %1.").arg(chosen_samples().size())
                                                 : tr("Noise images; the images of the window are not used."));
  } catch (const Error& e) { // a class that there is not
    say_in(*message_, QString::fromUtf8(e.what()), true);
  }
}

std::vector<Sample> ExperimentDialog::chosen_samples() const {
  return select_samples(subject_.samples, ObjectRule::Skip, class_names(*classes_)).samples;
}

void ExperimentDialog::start() {
  try {
    const std::string chosen = to_json(job());
    running_ = true;
    stopping_ = false;
    read_.clear();
    start_->setEnabled(false);
    stop_->setEnabled(true);
    report_->setEnabled(false);
    progress_->setRange(0, 1000);
    progress_->setValue(0);
    progress_->show();
    message_->setPalette(palette());
    message_->setText(tr("Starting…"));
    files_.run([self = QPointer<ExperimentDialog>(this), folder = folder_->text().trimmed().toStdString(),
                names = file_names(), open = subject_.open_files(),
                samples = info_of(kind()).reads_data ? chosen_samples() : std::vector<Sample>(),
                chosen]() -> std::function<void()> {
      try {
        FileSet files(folder, names, open); // the experiment must not overwrite open files
        files.write("samples.csv", samples_csv(samples));
        files.write("job.json", chosen);
        files.commit();
      } catch (const std::exception& e) {
        return [self, what = QString::fromStdString(explain(e))] {
          if (self)
            self->finish(what, true);
        };
      }
      return [self] {
        if (self)
          self->launch();
      };
    });
  } catch (const Error& e) {
    finish(QString::fromUtf8(e.what()), true);
  }
}

void ExperimentDialog::launch() {
  if (stopping_)
    return finish(tr("Stopped; nothing was written."), false);
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  environment.insert(QStringLiteral("OMP_WAIT_POLICY"), QStringLiteral("passive")); // the window runs at the same time
  process_.setProcessEnvironment(environment);
  process_.start(program_, {QStringLiteral("run"), QStringLiteral("--json-progress"), job_file()});
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

// One JSON object a line: see scalescope-cli run --json-progress.
void ExperimentDialog::read_progress() {
  read_ += process_.readAllStandardOutput();
  for (qsizetype end = read_.indexOf('\n'); end >= 0; end = read_.indexOf('\n')) {
    const QJsonObject said = QJsonDocument::fromJson(read_.first(end)).object();
    read_.remove(0, end + 1);
    if (said.contains("whole"))
      progress_->setValue(static_cast<int>(1000 * said["whole"].toDouble()));
    if (stopping_)
      continue;
    if (said.contains("stage"))
      message_->setText(
          tr("%1: %2 of %3").arg(said["stage"].toString()).arg(said["done"].toInt()).arg(said["total"].toInt()));
    else if (said.contains("note"))
      message_->setText(said["note"].toString());
  }
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
