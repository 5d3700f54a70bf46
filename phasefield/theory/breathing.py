r"""Contact of a particle that breathes in a solid electrolyte under a stack pressure.

A sphere of radius R sits in a shell of electrolyte and takes the part f of the volume; the stack pressure P acts on the
outside. By Lamé's solutions for shell and sphere, with p the pressure between them and ε the strain that the lithium
content gives the particle, the gap between the two is

.. math:: δ/R = C p - C_P P - ε, \quad C_P = \frac{1}{1-f}\Big(\frac{1}{4G} + \frac{1}{3K}\Big), \quad
          C = \frac{1}{1-f}\Big(\frac{1}{4G} + \frac{f}{3K}\Big) + \frac{1}{3K_p} .

They fit at ε = 0 without pressure. The contact bears a tension (p < 0) up to the strength σ_c; then the bonds fail in
proportion to the widest gap so far, and none is left at δ_f = 2Γ/σ_c, Γ being the adhesion (bilinear cohesive law). A
smaller gap is borne elastically by those that are left. Faces whose bonds have failed touch again under pressure, with
the true contact of rough faces, erf(√π p/2H) of their area: p/H at first, H being the hardness.

References
----------
.. [Bucci] G. Bucci, B. Talamini, A. Renuka Balakrishna, Y.-M. Chiang, W. C. Carter, Phys. Rev. Materials 2 (2018)
   105407: delamination of such a particle by a cohesive law.
.. [Persson] B. N. J. Persson, J. Chem. Phys. 115 (2001) 3840, doi:10.1063/1.1388626: the error function.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, inf, pi, sqrt


def compliances(electrolyte: tuple[float, float], particle: tuple[float, float], fraction: float):
    """C and C_P of the gap [1/unit of the moduli].

    Parameters
    ----------
    electrolyte, particle : (float, float)
        Lamé's constants λ and μ.
    fraction : float [1]
        Part f of the volume that particles take; 0 for one particle in much electrolyte.
    """
    (λ, μ), (λ_p, μ_p) = electrolyte, particle
    shear, bulk, inside = 1 / (4 * μ), 1 / (3 * λ + 2 * μ), 1 / (3 * λ_p + 2 * μ_p)
    return (shear + fraction * bulk) / (1 - fraction) + inside, (shear + bulk) / (1 - fraction)


@dataclass(frozen=True)
class Touch:
    """How a particle touches the electrolyte.

    Attributes
    ----------
    pressure : float [unit of stress]
        Between them; negative where bonds pull.
    gap : float [radii]
    widest : float [radii]
        Widest gap so far, at most δ_f.
    contact : float [1]
        Part of the surface that is in contact.
    """

    pressure: float
    gap: float
    widest: float
    contact: float


@dataclass(frozen=True)
class Interface:
    """A breathing particle's interface; stresses in one unit, gaps in radii of the particle.

    Attributes
    ----------
    compliance : float [1/unit of stress]
        C.
    lift : float [1]
        C_P P: the shrinkage that the stack pressure makes up for.
    strength, hardness : float [unit of stress]
        σ_c and H.
    reach : float [radii]
        δ_f.
    """

    compliance: float
    lift: float
    strength: float
    hardness: float
    reach: float

    @property
    def opening_strain(self) -> float:
        """Strain of the particle, negative, at which the first bonds fail."""
        return -self.lift - self.compliance * self.strength

    @property
    def stable(self) -> bool:
        """Whether bonds fail one after the other while the particle shrinks, and not all at once."""
        return self.compliance * self.strength < self.reach

    def touch(self, strain: float, widest: float = 0.0) -> Touch:
        """Equilibrium at a strain of the particle, after a widest gap."""
        free = -strain - self.lift  # the gap without any force between the faces
        bonded = 1 - widest / self.reach
        if free <= 0:
            pressure, gap = -free / self.compliance, 0.0
        elif free <= widest + self.compliance * self.strength * bonded:  # borne by the bonds that are left
            gap = free * widest / (widest + self.compliance * self.strength * bonded)
            pressure = (gap - free) / self.compliance
        else:
            softening = 1 - self.compliance * self.strength / self.reach
            gap = (free - self.compliance * self.strength) / softening if self.stable else inf
            gap = gap if gap < self.reach else free
            pressure = (gap - free) / self.compliance
            widest = min(gap, self.reach)
            bonded = 1 - widest / self.reach
        again = erf(0.5 * sqrt(pi) * max(pressure, 0.0) / self.hardness)
        return Touch(pressure, gap, widest, bonded + (1 - bonded) * again)


def holding_pressure(shrinkage: float, compliance: float, lifting: float, strength: float) -> float:
    """Stack pressure under which no bond fails at a shrinkage, (−ε − Cσ_c)/C_P; 0 if none is needed.

    Parameters
    ----------
    shrinkage : float [1]
        −ε.
    compliance, lifting : float [1/unit of stress]
        C and C_P.
    strength : float [unit of stress]
    """
    return max(shrinkage - compliance * strength, 0.0) / lifting


def largest_strength(compliance: float, radius: float, adhesion: float) -> float:
    """Strength up to which bonds fail one after the other, √(2Γ/CR) [Pa].

    Parameters
    ----------
    compliance : float [1/Pa]
        C.
    radius : float [m]
    adhesion : float [J/m^2]
        Γ.
    """
    return sqrt(2 * adhesion / (compliance * radius))


def diffusion_stress(youngs_modulus: float, poisson_ratio: float) -> float:
    """Mean normal stress over (mean strain − local strain) in a free sphere or a thin free sheet, 2E/3(1 − ν).

    Both follow from equal biaxial or radial constraint of the local strain by the mean one (S. P. Timoshenko, J. N.
    Goodier, Theory of Elasticity, §151, §158, with lithium in the place of heat).
    """
    return 2 * youngs_modulus / (3 * (1 - poisson_ratio))
