#pragma once

#include <QString>

#include <string>
#include <vector>

class QFormLayout;
class QLabel;
class QLineEdit;
class QSpinBox;
class QWidget;

namespace scalescope {

struct SampleSet;

/// Fields that several dialogs use.
[[nodiscard]] QSpinBox* number_field(int low, int high, int value, const QString& tip);
[[nodiscard]] QLineEdit* text_field(const QString& text, const QString& tip);
/// The value of a field for layers: "blocks", "all" or names; "blocks" if it is empty.
[[nodiscard]] std::vector<std::string> layer_names(const QLineEdit& field);
/// A field for classes, and the chosen ones; none if it is empty.
[[nodiscard]] QLineEdit* class_field(const SampleSet& samples);
[[nodiscard]] std::vector<std::string> class_names(const QLineEdit& field);
/// Adds a row with two widgets. QFormLayout gives such a row no buddy, so this sets the label's buddy.
void add_row_of_two(QFormLayout& form, const QString& label, QWidget* field, QWidget* beside);

/// Shows a message of a dialog; errors have their own colour.
void say_in(QLabel& label, const QString& text, bool is_error = false);

} // namespace scalescope
