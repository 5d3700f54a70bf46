r"""A diffuse interface as a surface: its area per volume, and what a field is worth on it.

On the equilibrium profile :math:`|\nabla\xi| = \xi(1-\xi)/\delta`, and :math:`d = \delta\ln[\xi/(1-\xi)]` is the distance
to the surface ξ = ½, positive in the phase of ξ.
"""

from fipy.tools import numerix

from phasefield.physics.common.energy import δ

#: ξ(1 − ξ) below which a slope of ξ is not a surface any more.
TAIL = 2e-3
#: ξ and 1 − ξ below which the distance to the surface grows no more.
FAR = 1e-3


class Surface:
    def __init__(self, ξ):
        self.ξ = ξ
        self.gradient = ξ.grad
        self.steepness = numerix.sqrt(ξ.grad.dot(ξ.grad) + 1e-12)
        q = ξ * (1 - ξ)
        self.area = self.steepness * q * q / (q * q + TAIL**2) / WHOLE
        self.distance = 0.5 * δ * numerix.log((ξ * ξ + FAR**2) / ((1 - ξ) * (1 - ξ) + FAR**2))

    def along(self, field):
        """n·∇field, with the normal n = −∇ξ/|∇ξ|."""
        return -1 * (self.gradient.dot(field.grad) / self.steepness)

    def shift(self, field, c=None, K=0.0):
        """d n·∇field, with the normal n = −∇ξ/|∇ξ|."""
        slope = self.along(field)
        if c is not None:
            slope = slope - K * self.along(c) / c
        return self.distance * slope

    def salt(self, c):
        """c at the surface."""
        ξ = self.ξ
        lnξ = 0.5 * numerix.log(ξ * ξ + FAR**2)
        factor = δ * lnξ * (1 - ξ) / ((1 - ξ) * (1 - ξ) + FAR**2)
        z = c + factor * self.along(c)
        return 0.5 * (z + numerix.sqrt(z * z + 1e-4 * c * c))

    def ahead(self, ξ, old, dt):
        face = ξ.faceGrad
        return -1 * δ / dt * (((ξ - old).faceValue) * face / numerix.sqrt(face.dot(face) + 1e-12)).divergence


import numpy as np
_x = np.linspace(0, 1, 200001)
_q = (_x * (1 - _x)) ** 2
WHOLE = float(np.trapz(_q / (_q + TAIL**2), _x))
