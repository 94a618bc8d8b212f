#include "ui/analysis_dialog.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/image/bounding_box.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace scalescope {
namespace {

enum Rule { skip, largest, each };

QSpinBox* number(int low, int high, int value) {
  auto* box = new QSpinBox;
  box->setRange(low, high);
  box->setValue(value);
  return box;
}

double area(const Sample& sample) { return sample.box->width * sample.box->height; }

} // namespace

AnalysisDialog::AnalysisDialog(const OpenedNetwork& network, const SampleSet& samples, QWidget* parent)
    : QDialog(parent), network_(network), samples_(samples), objects_(new QComboBox), count_(new QLabel),
      layers_(new QLineEdit(QStringLiteral("blocks"))), protocol_(new QComboBox), repetitions_(number(1, 1000, 10)),
      seed_(number(0, 1'000'000, 0)), batch_(number(1, 1024, 16)),
      random_weights_(new QCheckBox(tr("random weights: the same network without its knowledge"))),
      random_scale_(new QCheckBox(tr("random scale: the targets permuted"))) {
  setWindowTitle(tr("Analyse"));
  objects_->addItems({tr("leave the picture out"), tr("take its largest object"), tr("a row an object")});
  protocol_->addItems(
      {tr("robust: ridge, grouped 5-fold, penalty by inner 5-fold"), tr("paper: least squares on ten 70/30 splits")});
  layers_->setToolTip(tr("blocks, all, or names of layers separated by commas"));
  auto* form = new QFormLayout(this);
  form->addRow(tr("Pictures with several objects"), objects_);
  form->addRow(QString(), count_);
  form->addRow(tr("Layers"), layers_);
  form->addRow(tr("Protocol"), protocol_);
  form->addRow(tr("Repetitions"), repetitions_);
  form->addRow(tr("Seed"), seed_);
  form->addRow(tr("Pictures a run"), batch_);
  form->addRow(tr("Controls"), random_weights_);
  form->addRow(QString(), random_scale_);
  random_scale_->setChecked(true);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
  buttons->button(QDialogButtonBox::Ok)->setText(tr("Analyse"));
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(objects_, &QComboBox::currentIndexChanged, this, &AnalysisDialog::show_count);
  form->addRow(buttons);
  show_count();
}

// The rules of datasets/readers.h, for samples that stand for an object each.
std::vector<Sample> AnalysisDialog::chosen_samples() const {
  std::map<std::filesystem::path, std::vector<const Sample*>> objects;
  for (const Sample& sample : samples_.samples)
    if (sample.box)
      objects[sample.file].push_back(&sample);
  std::vector<Sample> chosen;
  for (const Sample& sample : samples_.samples) {
    if (!sample.box) {
      if (sample.target)
        chosen.push_back(sample);
      continue;
    }
    const auto& on_picture = objects[sample.file];
    const bool is_largest =
        *std::ranges::max_element(on_picture, {}, [](const Sample* s) { return area(*s); }) == &sample;
    const int rule = objects_->currentIndex();
    if (rule == each || (rule == largest && is_largest) || on_picture.size() == 1)
      chosen.push_back(sample);
  }
  return chosen;
}

void AnalysisDialog::show_count() {
  count_->setText(tr("%1 of %2 objects").arg(chosen_samples().size()).arg(samples_.samples.size()));
}

AnalysisRequest AnalysisDialog::request(const Preprocessing& preprocessing) const {
  AnalysisRequest request{chosen_samples(), {}};
  AnalysisSettings& settings = request.settings;
  const std::string asked = layers_->text().trimmed().toStdString();
  auto& layers = settings.extraction.layers;
  std::vector<std::string> known;
  for (const Layer& layer : network_.layers)
    if (layer.has_output() && !layer.name.empty())
      known.push_back(layer.name);
  if (asked == "blocks") {
    layers = network_.blocks;
    layers.insert(layers.end(), network_.head.begin(), network_.head.end());
  } else if (asked == "all") {
    layers = known;
  } else {
    for (const QString& part : layers_->text().split(',', Qt::SkipEmptyParts)) {
      const std::string name = part.trimmed().toStdString();
      if (std::ranges::find(known, name) == known.end())
        throw Error(fmt::format("{} has no layer called '{}' to look at; the nearest names are {}.", network_.name,
                                name, fmt::join(nearest(name, known, 3), ", ")));
      layers.push_back(name);
    }
  }
  if (request.samples.empty())
    throw Error("There are no objects to analyse; open an annotated data set, or choose another rule for pictures with "
                "several objects.");
  settings.extraction.preprocessing = preprocessing;
  settings.extraction.batch = batch_->value();
  settings.extraction.keep_going = true; // what is faulty is listed
  settings.protocol = protocol_->currentIndex() == 0 ? Protocol::Robust : Protocol::Paper;
  settings.repetitions = repetitions_->value();
  settings.seed = static_cast<std::uint32_t>(seed_->value());
  settings.random_weights_control = random_weights_->isChecked();
  settings.random_scale_control = random_scale_->isChecked();
  return request;
}

} // namespace scalescope
