"""Verdict of an engine on a step."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """Outcome of one attempted step, the same on every rank.

    Attributes
    ----------
    accepted : bool
        Every solve converged, every field is finite and within its bounds.
    reason : str
        Why the step was rejected, else ``"converged"``.
    error : float [1]
        Estimated local time error of the fields that control the step; 0 if there is no estimate.
    order : int
        The error falls with the step to the power of one more.
    newton, linear : int
        Newton and Krylov iterations.
    limited : int
        Number of predictions and Newton steps that were shortened to keep a positive field positive.
    """

    accepted: bool
    reason: str
    error: float = 0.0
    order: int = 1
    newton: int = 0
    linear: int = 0
    limited: int = 0
