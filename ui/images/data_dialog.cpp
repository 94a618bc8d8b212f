#include "ui/images/data_dialog.h"

#include "datasets/readers.h"
#include "datasets/survey.h"
#include "ui/workspace/sample_model.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QListWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <map>
#include <ranges>
#include <unordered_map>
#include <unordered_set>

namespace scalescope {
namespace {

QString text_of(const std::string& what, const std::string& said) {
  const bool is_named = said.find(what) != std::string::npos;
  return QString::fromStdString(is_named ? said : what + ": " + said);
}

/// "cat 12, dog 3", the most frequent first.
QString counts_text(std::vector<std::pair<std::string, std::size_t>> classes) {
  std::ranges::stable_sort(classes, std::ranges::greater(), &std::pair<std::string, std::size_t>::second);
  constexpr std::size_t most = 12;
  QStringList texts;
  for (const auto& [name, count] : classes)
    if (texts.size() < static_cast<qsizetype>(most))
      texts << QStringLiteral("%1 %2").arg(QString::fromStdString(name)).arg(count);
  return classes.size() > most ? SampleModel::tr("%1, and %2 more").arg(texts.join(", ")).arg(classes.size() - most)
                               : texts.join(QStringLiteral(", "));
}

/// Images of each split that their folders name.
std::vector<std::pair<std::string, std::size_t>> splits_of(const SampleSet& set) {
  std::map<std::string, std::size_t> counts;
  std::unordered_set<std::string> seen;
  for (const Sample& sample : set.samples)
    if (const std::string split = split_of(sample.id); !split.empty() && seen.insert(sample.file.native()).second)
      ++counts[split];
  return {counts.begin(), counts.end()};
}

/// "64 × 48 to 180 × 240 pixels", from the image with the fewest pixels to that with the most.
QString sizes_text(const std::vector<QSize>& sizes) {
  const auto pixels = [](QSize size) { return qint64{size.width()} * size.height(); };
  const auto [least, most] = std::ranges::minmax(sizes, {}, pixels);
  const auto text = [](QSize size) { return QStringLiteral("%1 × %2").arg(size.width()).arg(size.height()); };
  return least == most ? SampleModel::tr("%1 pixels").arg(text(least))
                       : SampleModel::tr("%1 to %2 pixels").arg(text(least), text(most));
}

} // namespace

std::size_t count_notes(const SampleModel& model) {
  std::size_t count = model.set().left_out.size() + model.set().remarks.size();
  for (int i = 0; i < model.rowCount(); ++i)
    count += model.said(i).isEmpty() ? 0 : 1;
  return count;
}

std::vector<DataNote> notes_on(const SampleModel& model, std::size_t most) {
  const SampleSet& set = model.set();
  std::unordered_map<std::string, int> first; // sample of an image or of a sample's own name
  for (std::size_t i = 0; i < set.samples.size(); ++i) {
    first.try_emplace(set.samples[i].id, static_cast<int>(i));
    if (!set.samples[i].image.empty())
      first.try_emplace(set.samples[i].image, static_cast<int>(i));
  }
  // "images/a.jpg, object 2" is about images/a.jpg.
  const auto sample_of = [&](const std::string& what) {
    auto found = first.find(what);
    if (found == first.end())
      found = first.find(what.substr(0, what.rfind(", ")));
    return found == first.end() ? -1 : found->second;
  };
  std::vector<DataNote> notes;
  const auto wanted = [&] { return notes.size() < most; };
  for (const LeftOut& one : set.left_out | std::views::take(most))
    notes.push_back({text_of(one.what, one.reason), sample_of(one.what)});
  for (const Remark& one : set.remarks | std::views::take(most - notes.size()))
    notes.push_back({text_of(one.what, one.text), sample_of(one.what)});
  for (int i = 0; i < model.rowCount() && wanted(); ++i)
    if (const QString said = model.said(i); !said.isEmpty())
      notes.push_back({text_of(set.samples[static_cast<std::size_t>(i)].id, said.toStdString()), i});
  return notes;
}

DataDialog::DataDialog(const SampleModel* model, QWidget* parent)
    : QDialog(parent), model_(model), summary_(new QLabel), problems_(new QListWidget),
      none_(new QLabel(tr("Nothing was left out, and every box was used as written."))) {
  setWindowTitle(tr("Data set"));
  summary_->setWordWrap(true);
  summary_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  problems_->setWordWrap(true);
  problems_->setAccessibleName(tr("Problems and notes"));
  problems_->setSpacing(3);
  problems_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(summary_);
  layout->addWidget(none_);
  layout->addWidget(problems_, 1000); // all the room that there is
  layout->addStretch(1);              // without a list, the texts stay together
  layout->addWidget(buttons);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(problems_, &QListWidget::currentItemChanged, this, [this](const QListWidgetItem* item) {
    if (item != nullptr && item->data(Qt::UserRole).toInt() >= 0)
      emit sample_chosen(item->data(Qt::UserRole).toInt());
  });
}

void DataDialog::show_data() {
  const SampleSet& set = model_->set();
  QStringList lines{
      QStringLiteral("<b>%1</b>%2")
          .arg(QString::fromStdString(set.name).toHtmlEscaped(),
               set.format.empty() ? QString() : QStringLiteral(" · %1").arg(QString::fromStdString(set.format)))};
  const auto boxes = std::ranges::count_if(set.samples, [](const Sample& one) { return one.box.has_value(); });
  lines << tr("%1 images, %2 objects").arg(model_->image_count()).arg(boxes);
  if (const QString classes = counts_text(classes_of(set)); !classes.isEmpty())
    lines << tr("Classes: %1").arg(classes.toHtmlEscaped());
  if (const QString splits = counts_text(splits_of(set)); !splits.isEmpty())
    lines << tr("Splits: %1").arg(splits);
  if (const std::vector<QSize> sizes = model_->sizes(); sizes.size() == model_->image_count() && !sizes.empty())
    lines << sizes_text(sizes);
  summary_->setText(lines.join(QStringLiteral("<br>")));

  constexpr std::size_t most = 500; // nobody reads more
  const std::size_t count = count_notes(*model_);
  none_->setVisible(count == 0);
  problems_->setVisible(count > 0);
  if (!isVisible())
    resize(560, count > 0 ? 420 : sizeHint().height());
  const QSignalBlocker quiet(problems_);
  problems_->clear();
  for (const DataNote& note : notes_on(*model_, most)) {
    auto* item = new QListWidgetItem(note.text, problems_);
    item->setData(Qt::UserRole, note.sample);
    if (note.sample >= 0)
      item->setToolTip(tr("Shows the image"));
  }
  if (count > most)
    new QListWidgetItem(tr("… and %1 more; scalescope-cli datasets lists them all").arg(count - most), problems_);
}

} // namespace scalescope
