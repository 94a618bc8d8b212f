"""Steps of a probe before its regression, for scikit-learn's pipelines."""
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin


class DropFlat(BaseEstimator, TransformerMixin):
    def fit(self, x, y=None):
        deviation = x.std(0)
        self.keep_ = deviation > 1e-6 * deviation.max()
        return self

    def transform(self, x):
        return x[:, self.keep_]


class Clip(BaseEstimator, TransformerMixin):
    def fit(self, x, y=None):
        self.least_, self.largest_ = x.min(0), x.max(0)
        return self

    def transform(self, x):
        return np.clip(x, self.least_, self.largest_)
