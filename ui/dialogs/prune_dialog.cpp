#include "ui/dialogs/prune_dialog.h"

#include "core/prune/truncation_point.h"
#include "ui/curve/curve_view.h"
#include "ui/dialogs/form_fields.h"
#include "ui/widgets/numbers.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>

#include <algorithm>
#include <cmath>

namespace scalescope {
namespace {

constexpr double seconds_a_latency = 0.3;

QString share(double after, double before) {
  return before > 0 ? QStringLiteral("%1 %").arg(100 * after / before, 0, 'f', 0) : QString();
}

} // namespace

PruneDialog::PruneDialog(PruneSubject subject, NetworkWorker& worker, QWidget* parent)
    : QDialog(parent), subject_(std::move(subject)), worker_(worker), scores_(subject_.results.scores()) {
  setWindowTitle(tr("Prune and export"));
  build();
  fill_layers();
  connect(&worker_, &NetworkWorker::pruned, this,
          [this](std::uint64_t serial, const std::shared_ptr<const PruneResult>& result) {
            if (serial != serial_)
              return;
            result_ = result;
            show_result();
            emit settled();
          });
  connect(&worker_, &NetworkWorker::prune_failed, this, [this](std::uint64_t serial, const QString& what) {
    if (serial != serial_)
      return;
    say(what, true);
    emit settled();
  });
  if (!scores_.empty())
    choose_best(false);
  else
    choose_layer(QString::fromStdString(subject_.layer));
  prune();
  connect(layers_, &QComboBox::currentIndexChanged, this, &PruneDialog::prune);
  connect(output_, &QComboBox::currentIndexChanged, this, &PruneDialog::prune);
  connect(format_, &QComboBox::currentIndexChanged, this, &PruneDialog::prune);
}

PruneDialog::~PruneDialog() { worker_.cancel_prune(); }

void PruneDialog::build() {
  auto* column = new QVBoxLayout(this);
  curve_ = new CurveView;
  curve_->setMinimumSize(fontMetrics().height() * 44, fontMetrics().height() * 14);
  curve_->setVisible(!scores_.empty());
  if (!scores_.empty())
    curve_->set_data(subject_.results.curve());
  connect(curve_, &CurveView::layer_chosen, this, &PruneDialog::choose_layer);
  column->addWidget(curve_, 1);

  auto* form = new QFormLayout;
  layers_ = new QComboBox;
  layers_->setToolTip(tr("The last layer that is kept. A network can be pruned only after a layer that all data pass "
                         "through, not inside a branch."));
  auto* best = new QPushButton(tr("&Best R²"));
  best->setToolTip(tr("The layer with the best R²"));
  auto* within = new QPushButton(tr("&Earliest within 1 se"));
  within->setToolTip(tr("The earliest layer whose R² is not more than one standard error over images below the best"));
  for (QPushButton* button : {best, within}) {
    button->setAutoDefault(false);
    button->setEnabled(!scores_.empty());
    connect(button, &QPushButton::clicked, this, [this, is_within = button == within] { choose_best(is_within); });
  }
  auto* row = new QHBoxLayout;
  row->addWidget(layers_, 1);
  row->addWidget(best);
  row->addWidget(within);
  auto* layer_label = new QLabel(tr("&Prune after"));
  layer_label->setBuddy(layers_);
  form->addRow(layer_label, row);
  output_ = new QComboBox;
  output_->addItems({tr("the feature map"), tr("its mean over positions (pooled)"),
                     tr("the scale that the regression predicts (needs an analysis)")});
  output_->setToolTip(tr("Output of the pruned network for an image"));
  form->addRow(tr("It &returns"), output_);
  format_ = new QComboBox;
  format_->addItem(tr("TorchScript (.pt)"), static_cast<int>(NetworkFormat::TorchScript));
  format_->addItem(tr("torch.export (.pt2)"), static_cast<int>(NetworkFormat::TorchExport));
  format_->addItem(tr("ONNX (.onnx)"), static_cast<int>(NetworkFormat::Onnx));
  format_->addItem(tr("a folder with .safetensors (timm, Hugging Face)"), static_cast<int>(NetworkFormat::Safetensors));
  format_->setCurrentIndex(format_->findData(static_cast<int>(format_of({}, subject_.network->source.file))));
  format_->setToolTip(tr("The format of the file; at first the one in which the network came"));
  form->addRow(tr("&File format"), format_);
  column->addLayout(form);

  costs_ = new QLabel;
  costs_->setAccessibleName(tr("Costs before and after"));
  costs_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  gone_ = new QLabel;
  gone_->setWordWrap(true);
  gone_->setForegroundRole(QPalette::PlaceholderText);
  message_ = new QLabel;
  message_->setWordWrap(true);
  busy_ = new QProgressBar;
  busy_->setRange(0, 0);
  busy_->setTextVisible(false);
  busy_->setMaximumHeight(fontMetrics().height() / 2);
  for (QWidget* widget : std::initializer_list<QWidget*>{costs_, gone_, message_, busy_})
    column->addWidget(widget);

  checkpoint_ = new QCheckBox(tr("also its &weights, as .safetensors beside it"));
  open_ = new QCheckBox(tr("&open it afterwards"));
  column->addWidget(checkpoint_);
  column->addWidget(open_);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Save | QDialogButtonBox::Close);
  save_ = buttons->button(QDialogButtonBox::Save);
  save_->setText(tr("&Save…"));
  connect(save_, &QPushButton::clicked, this, &PruneDialog::save_wanted);
  auto* save_job = buttons->addButton(tr("Save as &job…"), QDialogButtonBox::ActionRole);
  save_job->setToolTip(tr("Save what is chosen as a job file. scalescope-cli run writes the same network"));
  save_job->setAutoDefault(false);
  connect(save_job, &QPushButton::clicked, this, [this] {
    if (static_cast<PrunedOutput>(output_->currentIndex()) == PrunedOutput::Scale)
      say(tr("The regression is in no file yet, so a job can't return the scale. Save the results, and use "
             "scalescope-cli prune --analysis."),
          true);
    else if (layers_->count() > 0)
      emit job_wanted();
  });
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  column->addWidget(buttons);
}

std::optional<LayerR2> PruneDialog::score(const std::string& layer) const {
  const auto found = std::ranges::find(scores_, layer, &LayerR2::layer);
  return found == scores_.end() ? std::nullopt : std::optional(*found);
}

// Only analysed layers if there was an analysis, so that the list stays short.
void PruneDialog::fill_layers() {
  for (const Layer& layer : subject_.network->layers) {
    if (!is_truncation_point(layer))
      continue;
    const QString name = QString::fromStdString(layer.name);
    const auto known = score(layer.name);
    layers_->addItem(known ? tr("%1 · R² %2").arg(name, r2_text(known->mean, known->standard_deviation)) : name, name);
  }
}

void PruneDialog::choose_layer(const QString& layer) {
  if (const int at = layers_->findData(layer); at >= 0)
    layers_->setCurrentIndex(at);
  else
    say(tr("The network can't be pruned after %1: it is inside a branch, or it is the end of the network.").arg(layer),
        true);
}

void PruneDialog::choose_best(bool within_standard_error) {
  if (const auto best = best_truncation(subject_.network->layers, scores_, within_standard_error))
    choose_layer(QString::fromStdString(best->layer.layer));
}

void PruneDialog::choose_output(PrunedOutput output) { output_->setCurrentIndex(static_cast<int>(output)); }

PruneJob PruneDialog::job() const {
  PruneJob job;
  job.network = choice_of(*subject_.network);
  job.preprocessing = choice_of(subject_.preprocessing);
  job.layer = layers_->currentData().toString().toStdString();
  job.output = static_cast<PrunedOutput>(output_->currentIndex());
  job.format = static_cast<NetworkFormat>(format_->currentData().toInt());
  job.seconds = seconds_a_latency;
  return job;
}

bool PruneDialog::wants_checkpoint() const { return checkpoint_->isEnabled() && checkpoint_->isChecked(); }

bool PruneDialog::wants_opened() const { return open_->isChecked(); }

void PruneDialog::prune() {
  result_.reset();
  save_->setEnabled(false);
  const bool has_them = job().format == NetworkFormat::Safetensors;
  checkpoint_->setEnabled(!has_them);
  checkpoint_->setToolTip(has_them ? tr("The folder has them so already") : QString());
  costs_->clear();
  gone_->clear();
  ++serial_;
  worker_.cancel_prune();
  if (layers_->count() == 0) {
    say(tr("There is no layer after which this network can be pruned."), true);
    return;
  }
  PruneSettings settings = settings_of(job(), *subject_.network);
  const QString layer = QString::fromStdString(settings.layer);
  curve_->set_current(layer);
  curve_->set_cut(layer);
  settings.preprocessing = subject_.preprocessing;
  settings.target = scores_.empty() ? std::string() : subject_.results.target;
  settings.r2 = score(settings.layer);
  settings.images = subject_.images;
  if (const Regression* regression = subject_.results.regression(settings.layer))
    settings.regression = *regression;
  if (settings.output == PrunedOutput::Scale && !settings.regression) {
    say(tr("There is no regression for %1; analyse this layer first, or choose another output.").arg(layer), true);
    return;
  }
  say(tr("Pruning, comparing with the original and measuring…"), false);
  busy_->show();
  worker_.prune({serial_, subject_.network, std::move(settings)});
}

void PruneDialog::show_result() {
  const QLocale locale;
  const NetworkCost& before = result_->before;
  const NetworkCost& after = result_->after;
  QString rows = QStringLiteral("<tr><td></td><td align=right>%1</td><td align=right><b>%2</b></td><td></td></tr>")
                     .arg(tr("before"), tr("after"));
  const auto row = [&](const QString& what, double was, double is, const auto& text) {
    rows += QStringLiteral("<tr><td>%1</td><td align=right>%2</td><td align=right><b>%3</b></td>"
                           "<td align=right>%4</td></tr>")
                .arg(what, was > 0 ? text(was) : QStringLiteral("–"), text(is), share(is, was));
  };
  const auto count = [&](double value) { return locale.toString(std::llround(value)); };
  row(tr("Modules"), static_cast<double>(before.modules), static_cast<double>(after.modules), count);
  row(tr("Parameters"), static_cast<double>(before.parameters), static_cast<double>(after.parameters), count);
  row(tr("Multiply-adds per image"), static_cast<double>(before.multiply_adds),
      static_cast<double>(after.multiply_adds), count);
  row(tr("File"), static_cast<double>(before.bytes), static_cast<double>(after.bytes),
      [&](double value) { return locale.formattedDataSize(std::llround(value)); });
  row(tr("Latency, one image"), before.milliseconds, after.milliseconds,
      [&](double value) { return tr("%1 ms").arg(locale.toString(value, 'f', 1)); });
  costs_->setText(QStringLiteral("<table cellpadding=3>%1</table>").arg(rows));
  costs_->setMinimumHeight(costs_->sizeHint().height()); // the dialog grows, so that no row is cut

  constexpr std::size_t most = 12;
  QStringList gone;
  for (std::size_t i = 0; i < std::min(most, result_->gone.size()); ++i)
    gone << QString::fromStdString(result_->gone[i]);
  const auto rest = static_cast<int>(result_->gone.size() - std::min(most, result_->gone.size()));
  gone_->setText(gone.isEmpty()
                     ? tr("No module is removed.")
                     : tr("Removed: %1%2")
                           .arg(gone.join(QStringLiteral(", ")), rest > 0 ? tr(" and %1 more").arg(rest) : QString()));
  const QString compared = result_->random_images ? tr("%1 random images") : tr("%1 images");
  QString said = tr("Compared with the layer of the original on %1: %2.")
                     .arg(compared.arg(result_->images),
                          result_->difference == 0
                              ? tr("they are equal")
                              : tr("the largest relative difference is %1").arg(number_text(result_->difference, 2)));
  for (const auto& note : result_->notes)
    said += QLatin1Char('\n') + QString::fromStdString(note);
  say(said, false);
  save_->setEnabled(true);
  if (const int wanted = layout()->totalHeightForWidth(width()); wanted > height())
    resize(width(), wanted); // wrapped texts don't make a dialog grow
}

void PruneDialog::say(const QString& text, bool is_error) {
  busy_->hide();
  say_in(*message_, text, is_error);
}

} // namespace scalescope
