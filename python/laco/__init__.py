from . import _laco
__version__ = _laco.version
NumericError = _laco.NumericError
