#include "ui/images/data_dialog.h"

#include "datasets/readers.h"
#include "ui/workspace/sample_model.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QListWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <ranges>
#include <unordered_map>

namespace scalescope {
namespace {

QString text_of(const std::string& what, const std::string& said) {
  const bool is_named = said.find(what) != std::string::npos;
  return QString::fromStdString(is_named ? said : what + ": " + said);
}

/// "cat 12, dog 3", the most frequent first.
QString classes_text(const SampleSet& set) {
  auto classes = classes_of(set);
  std::ranges::stable_sort(classes, std::ranges::greater(), &std::pair<std::string, std::size_t>::second);
  constexpr std::size_t most = 12;
  QStringList texts;
  for (const auto& [name, count] : classes)
    if (texts.size() < static_cast<qsizetype>(most))
      texts << QStringLiteral("%1 %2").arg(QString::fromStdString(name)).arg(count);
  return classes.size() > most ? SampleModel::tr("%1, and %2 more").arg(texts.join(", ")).arg(classes.size() - most)
                               : texts.join(QStringLiteral(", "));
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
  problems_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(summary_);
  layout->addWidget(none_);
  layout->addWidget(problems_, 1);
  layout->addWidget(buttons);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(problems_, &QListWidget::currentItemChanged, this, [this](const QListWidgetItem* item) {
    if (item != nullptr && item->data(Qt::UserRole).toInt() >= 0)
      emit sample_chosen(item->data(Qt::UserRole).toInt());
  });
  resize(560, 420);
}

void DataDialog::show_data() {
  const SampleSet& set = model_->set();
  QStringList lines{
      QStringLiteral("<b>%1</b>%2")
          .arg(QString::fromStdString(set.name).toHtmlEscaped(),
               set.format.empty() ? QString() : QStringLiteral(" · %1").arg(QString::fromStdString(set.format)))};
  const auto boxes = std::ranges::count_if(set.samples, [](const Sample& one) { return one.box.has_value(); });
  lines << tr("%1 images, %2 objects").arg(model_->image_count()).arg(boxes);
  if (const QString classes = classes_text(set); !classes.isEmpty())
    lines << tr("Classes: %1").arg(classes.toHtmlEscaped());
  summary_->setText(lines.join(QStringLiteral("<br>")));

  constexpr std::size_t most = 500; // nobody reads more
  const std::size_t count = count_notes(*model_);
  none_->setVisible(count == 0);
  problems_->setVisible(count > 0);
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
