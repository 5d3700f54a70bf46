"""Concentrations of salt near their end, as the equations of plating see them; records 039, 042 and 054."""

from fipy.tools import numerix

#: Concentration, over the initial one, at which `salt_of` begins to keep c positive.
NO_SALT = 1e-6
#: Concentration, over the initial one, below which salt hardly reacts: in a closed crevice, and in the metal around it,
#: the fields would lose their meaning without any.
LAST_SALT = 1e-3
#: Least reach over δ with which salt diffuses to the surface: deep in the metal, where a cell has hardly any distance
#: from the surface, its own salt limits the current all the same.
LEAST_REACH = 0.05


def salt_of(c):
    """c, but never negative: where c is below 0, as it may be deep in the metal, where it has no meaning, almost 0."""
    return 0.5 * (c + size_of(c))


def reacting_salt(c):
    """c as the reaction sees it: less than c below `LAST_SALT`, so that the last salt remains."""
    left = salt_of(c)
    return left**3 / (left**2 + LAST_SALT**2)


def size_of(c):
    """|c|, but never 0: ∇ ln salt_of(c) = ∇c/size_of(c)."""
    return numerix.sqrt(c * c + 4 * NO_SALT**2)
