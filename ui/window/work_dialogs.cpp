#include "ui/window/work_dialogs.h"

#include "core/base/error.h"
#include "core/base/explain.h"
#include "core/base/file_set.h"
#include "core/prune/truncation_point.h"
#include "ui/dialogs/analysis_dialog.h"
#include "ui/dialogs/compare_dialog.h"
#include "ui/dialogs/experiment_dialog.h"
#include "ui/dialogs/fine_tune_dialog.h"
#include "ui/dialogs/prune_dialog.h"
#include "ui/workers/file_jobs.h"
#include "ui/workspace/workspace.h"

#include <QApplication>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>

#include <algorithm>

namespace scalescope {
namespace {

// "pruned.onnx"; a folder has no ending.
QString named_for(const PruneJob& job, const QString& stem) {
  switch (job.format.value_or(NetworkFormat::TorchScript)) {
  case NetworkFormat::TorchScript:
    return stem + ".pt";
  case NetworkFormat::TorchExport:
    return stem + ".pt2";
  case NetworkFormat::Onnx:
    return stem + ".onnx";
  case NetworkFormat::Safetensors:
    break;
  }
  return stem;
}

} // namespace

WorkDialogs::WorkDialogs(Workspace& workspace, QWidget* window)
    : QObject(window), workspace_(workspace), window_(window) {}

bool WorkDialogs::has_network() {
  if (workspace_.explorer().network())
    return true;
  emit workspace_.noted(tr("No network is open; open one first."));
  return false;
}

QString WorkDialogs::job_file(QWidget* asking) {
  return QFileDialog::getSaveFileName(asking, tr("Save the job"), QStringLiteral("job.json"), tr("Jobs (*.json)"));
}

void WorkDialogs::save_job(const AnalyzeJob& job) {
  if (const QString file = job_file(window_); !file.isEmpty())
    write_job(job, file);
}

void WorkDialogs::write_job_as_it_is(const Job& job, const QString& file) {
  workspace_.files().run([this, job, file, open = workspace_.files_in_use()]() -> std::function<void()> {
    const QFileInfo info(file);
    FileSet files(info.absolutePath().toStdString(), {info.fileName().toStdString()}, open);
    files.write(info.fileName().toStdString(), to_json(job));
    files.commit();
    return [this, file] { emit said(tr("Saved the job: scalescope-cli run %1").arg(file)); };
  });
}

void WorkDialogs::write_job(AnalyzeJob job, const QString& file) {
  const ImageSet& images = workspace_.images();
  const QFileInfo info(file);
  const QString stem = info.absoluteDir().absoluteFilePath(info.completeBaseName());
  job.out = (stem + "-result").toStdString();
  if (!job.folds.empty()) // it may run in another folder
    job.folds = QFileInfo(QString::fromStdString(job.folds)).absoluteFilePath().toStdString();
  std::vector<std::string> names{info.fileName().toStdString()};
  std::string table;
  if (images.from().size() == 1 && images.boxes().empty()) {
    job.data = QFileInfo(images.from().front()).absoluteFilePath().toStdString();
    job.read.target = images.how().target;
    job.read.format = images.how().format;
  } else {
    const auto samples = select_samples(images.samples(), job.read.objects, job.read.classes).samples;
    if (std::ranges::any_of(samples, [](const Sample& one) { return !one.box; })) {
      emit workspace_.failed(tr("The job can't be saved, because its images without a box come from several places. "
                                "Open one data set, and save the job then."));
      return;
    }
    table = samples_csv(samples);
    job.data = (stem + "-samples.csv").toStdString();
    job.read = {.keep_going = true};
    names.push_back((info.completeBaseName() + "-samples.csv").toStdString());
  }
  workspace_.files().run([this, job, names, table, folder = info.absolutePath(), file,
                          open = workspace_.files_in_use()]() -> std::function<void()> {
    try {
      FileSet files(folder.toStdString(), names, open);
      files.write(names.front(), to_json(Job(job)));
      if (!table.empty())
        files.write(names.back(), table);
      files.commit();
    } catch (const std::exception& e) {
      return [this, what = QString::fromStdString(explain(e))] { emit workspace_.failed(what); };
    }
    return [this, file] { emit said(tr("Saved the job: scalescope-cli run %1").arg(file)); };
  });
}

void WorkDialogs::ask_for_analysis() {
  if (!has_network())
    return;
  const auto network = workspace_.explorer().network(); // kept: another one may be opened meanwhile
  const SampleSet samples = workspace_.images().samples();
  AnalysisDialog dialog(*network, samples, workspace_.explorer().preprocessing(), window_);
  if (const auto& last = workspace_.last_request())
    dialog.set_job(last->job);
  connect(&dialog, &AnalysisDialog::job_wanted, this, &WorkDialogs::save_job);
  if (dialog.exec() != QDialog::Accepted)
    return;
  try {
    workspace_.want_analysis(dialog.job(), dialog.preprocessing(), network);
  } catch (const Error& e) {
    emit workspace_.failed(QString::fromUtf8(e.what()));
  }
}

void WorkDialogs::ask_for_pruning() {
  if (!has_network())
    return;
  Explorer& explorer = workspace_.explorer();
  auto* dialog =
      new PruneDialog({explorer.network(), workspace_.analysis().results(), explorer.preprocessing().preprocessing,
                       some_images(workspace_.images().samples().samples), explorer.layer().toStdString()},
                      explorer.worker(), window_);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &PruneDialog::save_wanted, this, [this, dialog] {
    const bool folder = dialog->job().format == NetworkFormat::Safetensors;
    const QString name = named_for(dialog->job(), QStringLiteral("pruned"));
    const QString file = folder
                             ? QFileDialog::getSaveFileName(dialog, tr("Save the pruned network as a new folder"), name)
                             : QFileDialog::getSaveFileName(dialog, tr("Save the pruned network"), name,
                                                            tr("Networks (*.%1)").arg(QFileInfo(name).suffix()));
    if (file.isEmpty())
      return;
    save_pruned(*dialog, file);
    dialog->accept();
  });
  connect(dialog, &PruneDialog::job_wanted, this, [this, dialog] {
    if (const QString file = job_file(dialog); !file.isEmpty())
      write_prune_job(*dialog, file);
  });
  dialog->open();
}

void WorkDialogs::write_prune_job(const PruneDialog& dialog, const QString& file) {
  PruneJob job = dialog.job();
  const QFileInfo info(file);
  const QString stem = info.absoluteDir().absoluteFilePath(info.completeBaseName());
  job.out = named_for(job, stem + "-pruned").toStdString();
  if (dialog.wants_checkpoint())
    job.state_dict = std::filesystem::path(job.out).replace_extension(".safetensors").string();
  write_job_as_it_is(job, file);
}

void WorkDialogs::save_pruned(const PruneDialog& dialog, const QString& file) {
  const bool open = dialog.wants_opened();
  PruneJob job = dialog.job();
  job.out = file.toStdString();
  if (dialog.wants_checkpoint())
    job.state_dict = std::filesystem::path(job.out).replace_extension(".safetensors").string();
  workspace_.files().run(
      [this, result = dialog.result(), job, inputs = workspace_.files_in_use(), file, open]() -> std::function<void()> {
        PrunedFiles(job, *job.format, inputs).write(*result);
        return [this, file, open] {
          emit said(tr("The pruned network is saved in %1.").arg(file));
          if (open)
            workspace_.open_network(file);
        };
      });
}

void WorkDialogs::ask_for_fine_tuning() {
  if (!has_network())
    return;
  Explorer& explorer = workspace_.explorer();
  // The layer with the best R2 if there was an analysis; else the chosen one.
  const auto best = best_truncation(explorer.network()->layers, workspace_.analysis().results().scores(), false);
  auto* dialog = new FineTuneDialog(
      explorer.network(), explorer.preprocessing(), best ? QString::fromStdString(best->layer.layer) : explorer.layer(),
      explorer.worker(), [this] { return workspace_.files_in_use(); }, window_);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
}

void WorkDialogs::ask_for_experiment() {
  if (!has_network())
    return;
  const Explorer& explorer = workspace_.explorer();
  auto* dialog = new ExperimentDialog({explorer.network(), workspace_.images().samples(), explorer.preprocessing(),
                                       [this] { return workspace_.files_in_use(); }},
                                      QApplication::applicationDirPath() + QStringLiteral("/scalescope-cli"),
                                      workspace_.files(), window_);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->show();
}

void WorkDialogs::ask_for_comparison() {
  auto* dialog = new CompareDialog(
      workspace_.files(), [this] { return workspace_.files_in_use(); }, window_);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &CompareDialog::job_wanted, this, [this, dialog](const CompareJob& job) {
    if (const QString file = job_file(dialog); !file.isEmpty())
      write_job_as_it_is(job, file);
  });
  dialog->show();
}

} // namespace scalescope
