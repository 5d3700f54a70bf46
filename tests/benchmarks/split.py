"""A split step, as a prototype: ``python -m tests.benchmarks.split [--cells 32]``, in two dimensions.

ξ takes explicit stages with φ extrapolated; then one Newton iteration solves for the φ of the middle of the step, from
the charge that ξ has gained; at last ξ gains what this φ brings as a current. So charge closes to round-off, however
loosely φ is solved. A coupled implicit method, BDF2 with Newton's method on both fields, is the reference. The
equations are those of the ceiling program (`ceiling.c`), before the closure of the interface (record 030).
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from phasefield.physics.common.energy import δ
from tests.benchmarks.accuracy import SPAN, start
from tests.benchmarks.problem import Problem

#: Stages for a number of steps, as few as are stable with the cells of the benchmark.
STAGES = {5: 19, 10: 13, 20: 9, 40: 7}
#: Steps of the reference, and of the coupled method beside the split one.
REFERENCE, COUPLED = 160, (10, 20, 40)


class Case:
    """The benchmark's problem on a square of n × n cells, as sparse matrices."""

    def __init__(self, n: int):
        problem = Problem.of((n, n), "single-ion")
        self.p, h = problem.case.model.p, problem.case.spacing[-1]
        self.span, self.current, self.height = SPAN * problem.dt, problem.current, n * h
        self.tilt = np.tanh(0.5 * self.p.cell / δ)
        self.well = self.p.mobility * (2 * self.tilt / self.p.cell) ** 2
        self.xi, self.phi = (np.array(x, float).ravel() for x in start(problem))
        one = sp.diags([-np.ones(n - 1), np.ones(n - 1)], [0, 1], (n - 1, n)) / h
        self.gradient: Any = sp.vstack([sp.kron(sp.eye(n), one), sp.kron(one, sp.eye(n))], "csr")
        self.divergence, self.mean = -self.gradient.T.tocsr(), abs(self.gradient) * h / 2
        self.laplacian = self.p.mobility * (self.divergence @ self.gradient)
        self.entering = np.repeat([0.0, self.current / h], [n * (n - 1), n])

    def pull(self, x):
        """Rate of ξ without the reaction."""
        return self.laplacian @ x - self.wells(x)

    def wells(self, x):
        """Slope of the double well."""
        w = self.tilt * (1 - 2 * x)
        return self.well * x * (1 - x) * (1 - 2 * x) / (1 - w * w)

    @staticmethod
    def reaction(x, phi):
        """Its rate, and the rate's slopes by ξ and by φ."""
        q, s = x * (1 - x), 24 * np.sinh(phi / 2)
        return 2 * q * q * s, 4 * q * (1 - 2 * x) * s, 24 * q * q * np.cosh(phi / 2)

    def conduction(self, x):
        """Matrix of ∇·σ∇."""
        return self.divergence @ sp.diags(self.p.conductivity * (self.mean @ (1 - x) + self.p.floor)) @ self.gradient

    def potential(self, x, gained, phi, before, iterations: int):
        """φ of ∇·σ∇φ + what enters = gained + R(φ) − R(before), by Newton's method from φ."""
        k = self.conduction(x)
        for _ in range(iterations):
            rate, _, slope = self.reaction(x, phi)
            rest = k @ phi + self.entering - gained - rate + self.reaction(x, before)[0]
            phi = phi - splu((k - sp.diags(slope)).tocsc()).solve(rest)
        return phi

    def stages(self, x, phi, slope, dt: float, s: int):
        """Runge–Kutta–Legendre stages (Meyer, Balsara and Aslam 2014, doi 10.1016/j.jcp.2013.08.021), second order."""
        b = [1 / 3, 1 / 3, *((j * j + j - 2) / (2 * j * (j + 1)) for j in range(2, s + 1))]
        w = 4 / (s * s + s - 2)
        first = self.pull(x) + self.reaction(x, phi)[0]
        old, now = x, x + b[1] * w * dt * first
        for q in range(2, s + 1):
            mu, nu = (2 * q - 1) / q * b[q] / b[q - 1], -(q - 1) / q * b[q] / b[q - 2]
            so_far = w / 4 if q == 2 else ((q - 1) ** 2 + q - 3) * w / 4
            rate = self.pull(now) + self.reaction(now, phi + slope * so_far * dt)[0]
            new = mu * now + nu * old + (1 - mu - nu) * x + mu * w * dt * (rate - (1 - b[q - 1]) * first)
            old, now = now, new
        return now

    def split(self, steps: int, stages: int):
        """ξ after the span."""
        dt, x, before = self.span / steps, self.xi, None
        phi = self.potential(x, self.pull(x) + self.reaction(x, self.phi)[0], self.phi, self.phi, 12)
        for _ in range(steps):  # phi: of the middle of the step before
            change = 0 * phi if before is None else phi - before
            predicted = self.stages(x, phi + 0.5 * change, change / dt, dt, stages)
            middle = 0.5 * (x + predicted)
            found = self.potential(middle, (predicted - x) / dt, phi + change, phi + change, 1)
            x = x + dt * (self.conduction(middle) @ found + self.entering)
            before, phi = phi, found
        return x

    def coupled(self, steps: int):
        """The same by BDF2, the first step by implicit Euler."""
        dt, n, x, last = self.span / steps, self.xi.size, self.xi, None
        phi = self.potential(x, self.pull(x) + self.reaction(x, self.phi)[0], self.phi, self.phi, 12)
        for _ in range(steps):
            a, old = (1 / dt, x) if last is None else (1.5 / dt, (4 * x - last) / 3)
            y = x if last is None else 2 * x - last
            for _ in range(8):
                rate, by_xi, by_phi = self.reaction(y, phi)
                k, e = self.conduction(y), 1e-6
                own = self.laplacian - sp.diags((self.wells(y + e) - self.wells(y - e)) / (2 * e))
                moved = self.divergence @ sp.diags(-self.p.conductivity * (self.gradient @ phi)) @ self.mean
                left = np.concatenate([a * (y - old) - self.pull(y) - rate, k @ phi + self.entering - a * (y - old)])
                one = sp.eye(n)
                rows = [[a * one - own - sp.diags(by_xi), -sp.diags(by_phi)], [moved - a * one, k]]
                change = splu(sp.bmat(rows, "csc")).solve(-left)
                y, phi = y + change[:n], phi + change[n:]
                if abs(change).max() < 1e-9:
                    break
            last, x = x, y
        return x

    def charge(self, x) -> float:
        """What ξ has gained over the charge that has passed, minus one."""
        return float((x - self.xi).mean() * self.height / (self.current * self.span) - 1)

    def error(self, x, reference) -> float:
        """∫|ξ − ξ_ref| dV over ∫|ξ_ref − ξ_start| dV."""
        return float(np.abs(x - reference).mean() / np.abs(reference - self.xi).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=32, help="along each of two axes")
    case = Case(parser.parse_args().cells)
    reference = case.coupled(REFERENCE)
    print("| method | steps | stages | front error | charge |\n| --- | --- | --- | --- | --- |")
    runs = [("coupled, BDF2", k, 0, case.coupled(k)) for k in COUPLED]
    runs += [("split", k, s, case.split(k, s)) for k, s in STAGES.items()]
    for name, steps, stages, x in runs:
        print(f"| {name} | {steps} | {stages or ''} | {case.error(x, reference):.2g} | {case.charge(x):.0e} |")


if __name__ == "__main__":
    main()
