"""laço under the habits of scikit-learn: fit, predict, score, get_params. scikit-learn itself is not needed."""

import laco

from . import _data


class _Estimator:
    _task = ""

    def __init__(self, **options):
        self._params = dict(options)

    def get_params(self, deep=True):
        return dict(self._params)

    def set_params(self, **options):
        self._params.update(options)
        return self

    def __sklearn_clone__(self):
        return type(self)(**self._params)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "model_")

    def fit(self, X, y=None):
        self.model_ = laco.train(self._task, X, y, **self._params)
        return self

    def _fitted(self):
        if not hasattr(self, "model_"):
            raise ValueError(f"this {type(self).__name__} was not fitted yet: call fit first")
        return self.model_

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self._params.items())})"


class SequenceClassifier(_Estimator):
    """A label for each text, or for each sequence of numbers. Options are those of laco.options("classify")."""

    _task = "classify"
    _estimator_type = "classifier"

    @property
    def classes_(self):
        return laco._array(self._fitted().labels)

    def fit(self, X, y=None):
        if y is None:
            raise TypeError("fit needs labels: fit(X, y)")
        self._label = {str(label): label for label in (y.tolist() if hasattr(y, "tolist") else y)}
        return super().fit(X, y)

    def predict(self, X):
        return laco._array([self._label.get(name, name) for name in self._fitted().predict(X)])

    def predict_proba(self, X):
        return self._fitted().predict_proba(X)

    def score(self, X, y):
        """The share of right answers."""
        return self._fitted().evaluate(X, y)["accuracy"]


class Tagger(_Estimator):
    """A tag for each word of a sentence. Options are those of laco.options("tag")."""

    _task = "tag"

    def predict(self, X):
        return self._fitted().predict(X)

    def score(self, X, y):
        """The share of words with the right tag."""
        return self._fitted().evaluate(X, y)["accuracy"]


class Forecaster(_Estimator):
    """A series goes on. Options are those of laco.options("forecast")."""

    _task = "forecast"

    def predict(self, steps, X=None):
        """The next `steps` values of the target behind X, or behind what was fitted."""
        forecast = self._fitted().forecast(steps, X)
        return {name: f.mean for name, f in forecast.items()} if isinstance(forecast, dict) else forecast.mean

    def score(self, X, y=None):
        """1 - (mean absolute error / that of the naive forecast), over 24 steps or what there is: above 0 is better than naive."""
        closed = self._fitted().evaluate(X)["closed_loop"]
        return 1 - closed["mae"] / closed["naive_mae"]
