#include "ui/dialogs/preferences_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QSpinBox>

#include <thread>

namespace scalescope {
namespace {

QComboBox* choice(const QStringList& items, int current, const QString& tip) {
  auto* box = new QComboBox;
  box->addItems(items);
  box->setCurrentIndex(current);
  box->setToolTip(tip);
  return box;
}

// In the order of the enumeration, the automatic choice first.
QStringList engine_choices(const QString& automatic) {
  QStringList names;
  for (const auto& [text, engine] : enum_names<Engine>)
    if (engine != Engine::Auto)
      names << QString::fromUtf8(engine_name(engine));
  return QStringList(automatic.arg(names.join(PreferencesDialog::tr(", else ")))) + names;
}

QLabel* heading(const QString& text) {
  auto* label = new QLabel(text);
  QFont bold = label->font();
  bold.setBold(true);
  label->setFont(bold);
  return label;
}

} // namespace

PreferencesDialog::PreferencesDialog(const Preferences& now, QWidget* parent)
    : QDialog(parent), device_(new QComboBox),
      engine_(choice(engine_choices(tr("automatic: %1")), static_cast<int>(now.engine),
                     tr("The library that runs networks"))),
      precision_(choice({tr("float32"), tr("bfloat16: faster, three decimal digits"), tr("float16: GPUs only"),
                         tr("tf32: float32 with rounded factors, GPUs only")},
                        static_cast<int>(now.precision),
                        tr("Number format of the computation. If the device does not support it, a message says so "
                           "when a network opens."))),
      threads_(new QSpinBox), theme_(choice({tr("like the system"), tr("light"), tr("dark")},
                                            static_cast<int>(now.theme), tr("Colours of the window"))),
      colours_(choice(colour_choice_names(tr("auto: depends on the signs of the values")), place_of(now.colours),
                      tr("Colour map of feature maps in a new window"))) {
  setWindowTitle(tr("Preferences"));
  device_->setEditable(true);
  device_->addItems({QStringLiteral("auto"), QStringLiteral("cpu"), QStringLiteral("cuda")});
  device_->setCurrentText(QString::fromStdString(now.device));
  device_->setToolTip(tr("auto (a GPU if there is one), cpu, cuda or cuda:N"));
  threads_->setRange(0, 1024);
  threads_->setValue(now.threads);
  threads_->setSpecialValueText(tr("all %1 cores").arg(std::thread::hardware_concurrency()));
  threads_->setToolTip(tr("Number of threads that a network uses"));

  auto* form = new QFormLayout(this);
  form->addRow(heading(tr("Running networks")));
  form->addRow(tr("&Device"), device_);
  form->addRow(tr("&Engine"), engine_);
  form->addRow(tr("&Precision"), precision_);
  form->addRow(tr("&Threads"), threads_);
  form->addRow(heading(tr("Look")));
  form->addRow(tr("T&heme"), theme_);
  form->addRow(tr("&Colour map"), colours_);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  form->addRow(buttons);
}

Preferences PreferencesDialog::preferences() const {
  Preferences chosen;
  chosen.device = device_->currentText().trimmed().toStdString();
  chosen.engine = static_cast<Engine>(engine_->currentIndex());
  chosen.precision = static_cast<Precision>(precision_->currentIndex());
  chosen.threads = threads_->value();
  chosen.theme = static_cast<ThemeChoice>(theme_->currentIndex());
  chosen.colours = colour_choice_at(colours_->currentIndex());
  return chosen;
}

} // namespace scalescope
