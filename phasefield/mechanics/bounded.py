"""Compiled Gauss–Seidel sweeps between bounds; `bounded_damage` runs this text, so that the machine code is stored."""

from phasefield.engines.compiled.cache import njit


@njit(cache=True, nogil=True, error_model="numpy")
def sweep(d, cells, strides, couplings, diagonal, right, least, relaxation):
    """Relax some cells of the flat array d in place, keep them between `least` and 1, and return the largest change.

    No two of the cells are neighbours. `couplings[k]` are those of the faces between each cell and the one before it
    along the axis k, which is `strides[k]` earlier in the array.
    """
    largest = 0.0
    for n in cells:
        own, rest = diagonal[n], right[n]
        for k in range(strides.shape[0]):
            step = strides[k]
            lower, upper = couplings[k, n], couplings[k, n + step]
            own += lower + upper
            rest += lower * d[n - step] + upper * d[n + step]
        new = min(max(d[n] + relaxation * (rest / own - d[n]), least[n]), 1.0)
        largest = max(largest, abs(new - d[n]))
        d[n] = new
    return largest
