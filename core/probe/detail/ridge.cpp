#include "core/probe/detail/ridge.h"

#include "core/base/error.h"
#include "core/probe/detail/blas.h"
#include "core/probe/detail/shifted_system.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace scalescope {

namespace {

using Eigen::ArrayXXd;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::VectorXd;

constexpr int lambda_count = 17;
constexpr int block = LayerRows::block; ///< rows standardised at a time
constexpr int wide_block = 256;         ///< columns standardised at a time
constexpr int everything = -1;          ///< no inner fold is left out

/// The training rows by inner fold, with the moments of the columns in each.
struct Training {
  const LayerRows& x;
  const MatrixXd& y;
  bool clip;
  std::vector<std::vector<int>> parts;
  std::vector<ColumnMoments> moments;

  Training(const LayerRows& features, const MatrixXd& targets, const Split& split, bool clip_held)
      : x(features), y(targets), clip(clip_held) {
    parts.resize(static_cast<std::size_t>(*std::ranges::max_element(split.inner)) + 1);
    for (std::size_t i = 0; i < split.train.size(); ++i) {
      parts[static_cast<std::size_t>(split.inner[i])].push_back(split.train[i]);
    }
    for (const std::vector<int>& part : parts) {
      moments.push_back(column_moments(x, part));
    }
  }

  [[nodiscard]] std::vector<int> rows(int left_out) const {
    std::vector<int> result;
    for (std::size_t k = 0; k < parts.size(); ++k) {
      if (static_cast<int>(k) != left_out) {
        result.insert(result.end(), parts[k].begin(), parts[k].end());
      }
    }
    return result;
  }
};

/// Fits on the training rows but for one inner fold, and predicts `held` rows with several lambdas a target.
/// @param lambdas L x targets. @return held x (L * targets), column l * targets + t.
class Side {
 public:
  Side() = default;
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;
  virtual ~Side() = default;
  [[nodiscard]] virtual MatrixXd predict(int left_out, const std::vector<int>& held, const ArrayXXd& lambdas) const = 0;
};

/// For at least as many columns as rows: the equations of the rows, Z Z'.
class Dual : public Side {
 public:
  explicit Dual(const Training& training) : training_(training) {}

  [[nodiscard]] MatrixXd predict(int left_out, const std::vector<int>& held, const ArrayXXd& lambdas) const override {
    std::vector<int> rows = training_.rows(left_out);
    const auto fitted = static_cast<Eigen::Index>(rows.size());
    MatrixXd y = training_.y(rows, Eigen::all);
    const RowVectorXd mean = y.colwise().mean();
    y.rowwise() -= mean;
    // One product gives the equations (fitted x fitted) and, below them, the matrix for the predictions.
    rows.insert(rows.end(), held.begin(), held.end());
    // Clipping changes none of the rows that are fitted: they make the range.
    MatrixXd products =
        gram(rows, standardisation(combine(training_.moments, left_out), least_deviation, training_.clip));
    const MatrixXd coefficients = ShiftedSystem(products.topLeftCorner(fitted, fitted)).solve(std::move(y), lambdas);
    MatrixXd predictions = mean.replicate(static_cast<Eigen::Index>(held.size()), lambdas.rows());
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(predictions.rows()),
                static_cast<int>(predictions.cols()), static_cast<int>(fitted), 1, products.data() + fitted,
                static_cast<int>(products.outerStride()), coefficients.data(), static_cast<int>(fitted), 1,
                predictions.data(), static_cast<int>(predictions.rows()));
    return predictions;
  }

 private:
  /// Lower triangle of Z Z' over the rows, summed over blocks of columns so that Z never exists as a whole.
  [[nodiscard]] MatrixXd gram(const std::vector<int>& rows, const Standardisation& by) const {
    const int count = static_cast<int>(rows.size());
    MatrixXd z(wide_block, count);
    MatrixXd products = MatrixXd::Zero(count, count);
    for (int first = 0; first < training_.x.channels(); first += wide_block) {
      const int width = std::min(wide_block, training_.x.channels() - first);
      Eigen::Index i = 0;
      training_.x.by_block(rows, [&](std::span<const int> some) {
        for (const int row : some) {
          standardise(training_.x[row], by, first, width, z.col(i++).data());
        }
      });
      cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, count, width, 1, z.data(), wide_block, 1, products.data(),
                  count);
    }
    return products;
  }

  const Training& training_;
};

/// For fewer columns than rows: the equations of the columns, Z'Z. The products of each inner fold are summed once, and
/// those of every fit are put together from them: features are standardised with the statistics of all training rows at
/// first (z below), and the products, not the features, with those of the fit.
class Primal : public Side {
 public:
  explicit Primal(const Training& training)
      : training_(training), by_(standardisation(combine(training.moments, everything), 0, false)),
        mean_(training.y(training.rows(everything), Eigen::all).colwise().mean()) {
    for (const std::vector<int>& part : training.parts) {
      products_.push_back(products(part));
    }
  }

  [[nodiscard]] MatrixXd predict(int left_out, const std::vector<int>& held, const ArrayXXd& lambdas) const override {
    const Eigen::Index channels = training_.x.channels();
    const Eigen::Index targets = training_.y.cols();
    MatrixXd sum = MatrixXd::Zero(channels + targets, channels + targets);
    for (std::size_t k = 0; k < products_.size(); ++k) {
      if (static_cast<int>(k) != left_out) {
        add(products_[k], sum);
      }
    }
    // The fit's own standardisation, of z: (z - center) * scale.
    const ColumnMoments moments = combine(training_.moments, left_out);
    Standardisation own = standardisation(moments, least_deviation, training_.clip);
    VectorXd center(channels);
    VectorXd scale(channels);
    for (Eigen::Index c = 0; c < channels; ++c) {
      const auto i = static_cast<std::size_t>(c);
      center[c] = (own.mean[i] - by_.mean[i]) * by_.scale[i];
      scale[c] = by_.scale[i] > 0 ? own.scale[i] / by_.scale[i] : 0;
    }
    const RowVectorXd mean = training_.y(training_.rows(left_out), Eigen::all).colwise().mean();
    MatrixXd y = sum.bottomLeftCorner(targets, channels).transpose();
    y -= moments.count * center * (mean - mean_);
    y.array().colwise() *= scale.array();
    for (Eigen::Index c = 0; c < channels; ++c) {
      auto column = sum.col(c).segment(c, channels - c);
      column -= moments.count * center[c] * center.tail(channels - c);
      column.array() *= scale[c] * scale.tail(channels - c).array();
    }
    MatrixXd coefficients = ShiftedSystem(sum.topLeftCorner(channels, channels)).solve(std::move(y), lambdas);
    coefficients.array().colwise() *= scale.array();
    const RowVectorXd intercept = mean.replicate(1, lambdas.rows()) - center.transpose() * coefficients;
    const Standardisation by{by_.mean, by_.scale, std::move(own.least), std::move(own.largest)};
    return read_out(held, by, coefficients, intercept);
  }

 private:
  /// Writes rows of [z, y], a column each.
  void fill(std::span<const int> rows, const Standardisation& by, MatrixXd& z) const {
    for (Eigen::Index i = 0; const int row : rows) {
      standardise(training_.x[row], by, 0, training_.x.channels(), z.col(i).data());
      z.col(i++).tail(training_.y.cols()) = (training_.y.row(row) - mean_).transpose();
    }
  }

  /// Lower triangle of [z, y]' [z, y] over the rows, summed over blocks of rows; packed, column after column, for
  /// these products are most of the memory of a fit.
  [[nodiscard]] VectorXd products(const std::vector<int>& rows) const {
    const int size = static_cast<int>(training_.x.channels() + training_.y.cols());
    MatrixXd z(size, block);
    MatrixXd sum = MatrixXd::Zero(size, size);
    training_.x.by_block(rows, [&](std::span<const int> some) {
      fill(some, by_, z);
      cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, size, static_cast<int>(some.size()), 1, z.data(), size, 1,
                  sum.data(), size);
    });
    VectorXd packed(sum.rows() * (sum.rows() + 1) / 2);
    for (Eigen::Index c = 0, first = 0; c < sum.cols(); first += sum.rows() - c++) {
      packed.segment(first, sum.rows() - c) = sum.col(c).tail(sum.rows() - c);
    }
    return packed;
  }

  /// Adds packed products to the lower triangle of a sum.
  static void add(const VectorXd& packed, MatrixXd& sum) {
    for (Eigen::Index c = 0, first = 0; c < sum.cols(); first += sum.rows() - c++) {
      sum.col(c).tail(sum.rows() - c) += packed.segment(first, sum.rows() - c);
    }
  }

  [[nodiscard]] MatrixXd read_out(const std::vector<int>& held, const Standardisation& by, const MatrixXd& coefficients,
                                  const RowVectorXd& intercept) const {
    const int size = static_cast<int>(training_.x.channels() + training_.y.cols());
    const int rows = static_cast<int>(held.size());
    const int columns = static_cast<int>(coefficients.cols());
    MatrixXd z(size, block);
    MatrixXd predictions = intercept.replicate(rows, 1);
    double* first = predictions.data();
    training_.x.by_block(held, [&](std::span<const int> some) {
      const int count = static_cast<int>(some.size());
      fill(some, by, z);
      cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, count, columns, training_.x.channels(), 1, z.data(), size,
                  coefficients.data(), training_.x.channels(), 1, first, rows);
      first += count;
    });
    return predictions;
  }

  const Training& training_;
  Standardisation by_;
  RowVectorXd mean_;               ///< of the targets over all training rows
  std::vector<VectorXd> products_; ///< of each inner fold
};

/// For each target the lambda with the least mean squared error over the inner folds.
ArrayXXd choose_lambdas(const Training& training, const Side& side, const std::stop_token& stop) {
  const Eigen::Index targets = training.y.cols();
  ArrayXXd grid(lambda_count, targets);
  for (int l = 0; l < lambda_count; ++l) {
    grid.row(l) = std::pow(10.0, -2 + 0.5 * l);
  }
  RowVectorXd error = RowVectorXd::Zero(lambda_count * targets);
  for (std::size_t k = 0; k < training.parts.size(); ++k) {
    if (stop.stop_requested()) {
      throw Cancelled();
    }
    const std::vector<int>& held = training.parts[k];
    const MatrixXd truth = training.y(held, Eigen::all).replicate(1, lambda_count);
    error += (side.predict(static_cast<int>(k), held, grid) - truth).colwise().squaredNorm() / held.size();
  }
  ArrayXXd best(1, targets);
  for (Eigen::Index t = 0; t < targets; ++t) {
    Eigen::Index least = 0;
    for (Eigen::Index l = 1; l < lambda_count; ++l) {
      least = error[l * targets + t] < error[least * targets + t] ? l : least;
    }
    best(0, t) = grid(least, t);
  }
  return best;
}

/// The largest absolute standardised feature of the held-out rows, before clipping.
double largest_z_score(const Training& training, const std::vector<int>& held) {
  const Standardisation by = standardisation(combine(training.moments, everything), least_deviation, false);
  VectorXd z(training.x.channels());
  double most = 0;
  training.x.by_block(held, [&](std::span<const int> some) {
    for (const int row : some) {
      standardise(training.x[row], by, 0, training.x.channels(), z.data());
      most = std::max(most, z.lpNorm<Eigen::Infinity>());
    }
  });
  return most;
}

std::unique_ptr<const Side> side_of(const Training& training, const Split& split) {
  if (static_cast<std::size_t>(training.x.channels()) >= split.train.size()) {
    return std::make_unique<Dual>(training);
  }
  return std::make_unique<Primal>(training);
}

} // namespace

RidgeAnswer ridge_predictions(const LayerRows& x, const MatrixXd& y, const Split& split, bool clip,
                              const std::stop_token& stop) {
  const Training training(x, y, split, clip);
  const auto side = side_of(training, split);
  return {.predictions = side->predict(everything, split.test, choose_lambdas(training, *side, stop)),
          .largest_z_score = largest_z_score(training, split.test)};
}

double ridge_lambda(const LayerRows& x, const MatrixXd& y, const Split& split, bool clip) {
  const Training training(x, y, split, clip);
  return choose_lambdas(training, *side_of(training, split), {})(0, 0);
}

} // namespace scalescope
