#include "ui/dialogs/compare_dialog.h"

#include "core/base/explain.h"
#include "ui/dialogs/form_fields.h"
#include "ui/workers/file_jobs.h"

#include <QDesktopServices>
#include <QDialogButtonBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMimeData>
#include <QPointer>
#include <QPushButton>
#include <QUrl>
#include <QVBoxLayout>

namespace scalescope {
namespace {

// "R2 of object scale: lite0 peaks at _blocks.13 (0.71), inception at Mixed_6d (0.62)."
QString said_of(const std::vector<ComparedCurve>& curves) {
  QStringList peaks;
  for (const ComparedCurve& curve : curves)
    peaks << CompareDialog::tr("%1 peaks at %2 (%3)")
                 .arg(QString::fromStdString(curve.name), QString::fromStdString(curve.peak().name))
                 .arg(curve.peak().mean, 0, 'f', 2);
  return CompareDialog::tr("R² of %1: %2.").arg(QString::fromStdString(curves.front().target), peaks.join(", "));
}

} // namespace

CompareDialog::CompareDialog(FileJobs& files, OpenFiles open_files, QWidget* parent)
    : QDialog(parent), files_(files), open_files_(std::move(open_files)) {
  setWindowTitle(tr("Compare analyses"));
  setAcceptDrops(true);
  build();
  show_choice();
}

void CompareDialog::build() {
  analyses_ = new QListWidget;
  analyses_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  analyses_->setToolTip(
      tr("Folders that 'analyze', 'experiment' or File > Save results wrote. You can drop them here"));
  auto* label = new QLabel(tr("&Analyses, two or more with the same target"));
  label->setBuddy(analyses_);
  auto* add_one = new QPushButton(tr("A&dd…"));
  remove_ = new QPushButton(tr("&Remove"));
  auto* beside = new QVBoxLayout;
  beside->addWidget(add_one);
  beside->addWidget(remove_);
  beside->addStretch();
  auto* row = new QHBoxLayout;
  row->addWidget(analyses_, 1);
  row->addLayout(beside);

  folder_ = text_field({}, tr("Folder for report.html, compare.csv, .json, .svg and .png"));
  auto* browse = new QPushButton(tr("&Browse…"));
  auto* form = new QFormLayout;
  add_row_of_two(*form, tr("&Folder"), folder_, browse);

  message_ = new QLabel;
  message_->setWordWrap(true);
  message_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  compare_ = buttons->addButton(tr("&Compare"), QDialogButtonBox::ActionRole);
  save_job_ = buttons->addButton(tr("Save as &job…"), QDialogButtonBox::ActionRole);
  save_job_->setToolTip(tr("Save what is chosen as a job file. scalescope-cli run writes the same report"));
  report_ = buttons->addButton(tr("&Open the report"), QDialogButtonBox::ActionRole);
  remove_->setEnabled(false);
  report_->setEnabled(false);

  connect(add_one, &QPushButton::clicked, this, [this] {
    if (const QString chosen = QFileDialog::getExistingDirectory(this, tr("Folder with an analysis.json"));
        !chosen.isEmpty())
      add(chosen);
  });
  connect(remove_, &QPushButton::clicked, this, [this] {
    qDeleteAll(analyses_->selectedItems());
    show_choice();
  });
  connect(browse, &QPushButton::clicked, this, [this] {
    if (const QString chosen = QFileDialog::getExistingDirectory(this, tr("Folder for the results")); !chosen.isEmpty())
      set_folder(chosen);
  });
  connect(analyses_, &QListWidget::itemSelectionChanged, this,
          [this] { remove_->setEnabled(!analyses_->selectedItems().isEmpty()); });
  connect(folder_, &QLineEdit::textChanged, this, &CompareDialog::show_choice);
  connect(compare_, &QPushButton::clicked, this, &CompareDialog::compare);
  connect(save_job_, &QPushButton::clicked, this, [this] {
    CompareJob wanted = job();
    wanted.out = QDir(folder_->text().trimmed()).absolutePath().toStdString(); // it may run in another folder
    emit job_wanted(wanted);
  });
  connect(report_, &QPushButton::clicked, this,
          [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(folder_->text().trimmed() + "/report.html")); });
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);

  auto* column = new QVBoxLayout(this);
  column->addWidget(label);
  column->addLayout(row, 1);
  column->addLayout(form);
  column->addWidget(message_);
  column->addWidget(buttons);
  resize(620, 360);
}

void CompareDialog::add(const QString& analysis) {
  const QString path = QDir::cleanPath(analysis);
  if (analyses_->findItems(path, Qt::MatchExactly).isEmpty())
    analyses_->addItem(path);
  show_choice();
}

void CompareDialog::set_folder(const QString& folder) { folder_->setText(folder); }

QString CompareDialog::message() const { return message_->text(); }

void CompareDialog::show_choice() {
  const bool enough = analyses_->count() >= 2;
  const bool folder = !folder_->text().trimmed().isEmpty();
  compare_->setEnabled(enough && folder);
  save_job_->setEnabled(enough && folder);
  report_->setEnabled(false); // it may belong to another choice
  say_in(*message_, !enough  ? tr("Add the folders of two or more analyses.")
                    : folder ? tr("%1 curves to draw.").arg(analyses_->count())
                             : tr("Choose a folder for the results."));
}

CompareJob CompareDialog::job() const {
  CompareJob job;
  for (int i = 0; i < analyses_->count(); ++i)
    job.analyses.push_back(analyses_->item(i)->text().toStdString());
  job.out = folder_->text().trimmed().toStdString();
  return job;
}

void CompareDialog::compare() {
  setEnabled(false); // so that its last message belongs to the present choice
  files_.run([self = QPointer<CompareDialog>(this), job = job(), open = open_files_()]() -> std::function<void()> {
    QString text;
    bool failed = false;
    try {
      text = said_of(run(job, open));
    } catch (const std::exception& e) {
      text = QString::fromStdString(explain(e));
      failed = true;
    }
    return [self, text, failed] {
      if (self)
        self->finish(text, failed);
    };
  });
}

void CompareDialog::finish(const QString& text, bool is_error) {
  setEnabled(true);
  report_->setEnabled(!is_error);
  say_in(*message_, text, is_error);
  emit ended();
}

void CompareDialog::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls())
    event->acceptProposedAction();
}

void CompareDialog::dropEvent(QDropEvent* event) {
  for (const QUrl& url : event->mimeData()->urls())
    if (url.isLocalFile())
      add(url.toLocalFile());
}

} // namespace scalescope
