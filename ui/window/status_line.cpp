#include "ui/window/status_line.h"

#include "ui/workspace/workspace.h"

#include <QLabel>
#include <QLocale>
#include <QProgressBar>

namespace scalescope {
namespace {

QString counted(int count, const QString& one, const QString& many) {
  return QStringLiteral("%1 %2").arg(QLocale().toString(count), count == 1 ? one : many);
}

} // namespace

StatusLine::StatusLine(Workspace& workspace, QWidget* parent)
    : QStatusBar(parent), workspace_(workspace), open_(new QLabel), progress_(new QProgressBar), time_(new QLabel) {
  progress_->setMaximumWidth(220);
  progress_->setFormat(QStringLiteral("%p %"));
  progress_->setAccessibleName(tr("Progress of the analysis"));
  progress_->hide();
  addWidget(open_, 1);
  addPermanentWidget(progress_);
  addPermanentWidget(time_);
  connect_to_workspace();
  show_what_is_open();
}

void StatusLine::connect_to_workspace() {
  const auto say = [this](const QString& what) { showMessage(what); };
  connect(&workspace_, &Workspace::opening_network, this,
          [this](const QString& name) { open_->setText(tr("Opening %1…").arg(name)); });
  connect(&workspace_.sessions(), &SessionKeeper::saved, this,
          [this](const QString& file) { showMessage(tr("Session saved in %1.").arg(file)); });
  connect(&workspace_, &Workspace::analysis_started, this, [this] {
    progress_->setRange(0, 0);
    progress_->show();
  });

  const Explorer* explorer = &workspace_.explorer();
  connect(explorer, &Explorer::network_opened, this, &StatusLine::show_what_is_open);
  connect(explorer, &Explorer::network_failed, this, &StatusLine::show_what_is_open);
  connect(explorer, &Explorer::maps_shown, this, [this](const auto& /*maps*/, double milliseconds) {
    time_->setText(tr("%1 ms forward pass").arg(QLocale().toString(milliseconds, 'f', 1)));
  });
  connect(&workspace_.images(), &ImageSet::changed, this, &StatusLine::show_what_is_open);

  const AnalysisRun* analysis = &workspace_.analysis();
  connect(analysis, &AnalysisRun::progressed, this, [this](const QString& text, int done, int total) {
    progress_->setRange(0, total);
    progress_->setValue(done);
    showMessage(text);
  });
  connect(analysis, &AnalysisRun::finished, progress_, &QWidget::hide);
  connect(analysis, &AnalysisRun::finished, this, say);
  connect(analysis, &AnalysisRun::saved, this,
          [this](const QString& folder) { showMessage(tr("Results saved in %1.").arg(folder)); });
}

void StatusLine::show_what_is_open() {
  const auto& network = workspace_.explorer().network();
  QStringList parts;
  if (network)
    parts << QString::fromStdString(network->name)
          << tr("%1 on %2, %3, %4")
                 .arg(QString::fromStdString(network->engine), QString::fromStdString(network->device),
                      QString::fromStdString(text_of(network->precision)),
                      counted(network->threads, tr("thread"), tr("threads")));
  else
    parts << tr("No network: open one with Ctrl+O");
  const SampleSet& samples = workspace_.images().samples();
  if (const auto count = samples.samples.size(); count > 0)
    parts << tr("%1: %2").arg(QString::fromStdString(samples.name),
                              counted(static_cast<int>(count), tr("object"), tr("objects")));
  open_->setText(parts.join(QStringLiteral(" · ")));
}

} // namespace scalescope
