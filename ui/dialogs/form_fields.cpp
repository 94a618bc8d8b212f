#include "ui/dialogs/form_fields.h"

#include "datasets/readers.h"
#include "ui/widgets/theme.h"

#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>

#include <ranges>

namespace scalescope {

QSpinBox* number_field(int low, int high, int value, const QString& tip) {
  auto* box = new QSpinBox;
  box->setRange(low, high);
  box->setValue(value);
  box->setToolTip(tip);
  return box;
}

QLineEdit* text_field(const QString& text, const QString& tip) {
  auto* edit = new QLineEdit(text);
  edit->setToolTip(tip);
  return edit;
}

std::vector<std::string> layer_names(const QLineEdit& field) {
  std::vector<std::string> names;
  for (const QString& part : field.text().split(',', Qt::SkipEmptyParts))
    if (const QString name = part.trimmed(); !name.isEmpty())
      names.push_back(name.toStdString());
  return names.empty() ? std::vector<std::string>{"blocks"} : names;
}

QLineEdit* class_field(const SampleSet& samples) {
  constexpr std::size_t most = 30;
  QStringList classes;
  const auto all = classes_of(samples);
  for (const auto& [name, count] : all | std::views::take(most))
    classes << QStringLiteral("%1 (%2)").arg(QString::fromStdString(name)).arg(count);
  if (all.size() > most)
    classes << QStringLiteral("…");
  QLineEdit* field =
      text_field({}, all.empty() ? QObject::tr("The objects have no classes")
                                 : QObject::tr("Only objects of these classes count, separated by commas: %1")
                                       .arg(classes.join(QStringLiteral(", "))));
  field->setPlaceholderText(QObject::tr("all"));
  field->setEnabled(!all.empty());
  return field;
}

std::vector<std::string> class_names(const QLineEdit& field) {
  return field.text().trimmed().isEmpty() ? std::vector<std::string>() : layer_names(field);
}

void add_row_of_two(QFormLayout& form, const QString& label, QWidget* field, QWidget* beside) {
  auto* row = new QHBoxLayout;
  row->addWidget(field, 1);
  row->addWidget(beside);
  auto* name = new QLabel(label);
  name->setBuddy(field);
  form.addRow(name, row);
}

void say_in(QLabel& label, const QString& text, bool is_error) {
  QPalette colours = label.parentWidget()->palette();
  if (is_error)
    colours.setColor(QPalette::WindowText, theme().error);
  label.setPalette(colours);
  label.setText(text);
}

} // namespace scalescope
