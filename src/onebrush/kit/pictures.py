"""The kit's door to pictures as they are: told apart and measured. What decodes them is kit.darkroom's alone."""

from onebrush.kit.measure import Measured, NotAPicture, measure, sniff
from onebrush.kit.reading import TooMuchWork

__all__ = ["Measured", "NotAPicture", "TooMuchWork", "measure", "sniff"]
