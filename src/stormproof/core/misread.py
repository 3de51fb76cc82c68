"""What reading somebody else's output may raise when that output is not what it should be.

A tool of another version, a cut connection, a login script that prints: such text may hold anything. Where it is taken
apart, all of these mean the same: it cannot be read, which is told as an error of its own and never as a mistake of ours.
"""

from __future__ import annotations

# A field of another kind has no such key, item, method or number; an instant lies outside the calendar; brackets nest
# deeper than a reader goes.
MISREAD = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, OSError, RecursionError)
