"""How many measuring points a space needs at least, and how large it is. Pure."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from models.policy import PointCount


def least_points(size: float, rule: PointCount) -> int:
    """Fewest points of a space of this size, in the rule's unit: the least, and one for each further step begun.

    China GSP, Appendix 3, its guidance: 2 + max(0, ceil((size - step) / step)). Exact: a size is what it prints as.
    """
    if rule.step is None:
        return rule.least
    step, whole = Fraction(str(rule.step)), Fraction(str(size))
    return rule.least + max(0, ceil((whole - step) / step))
