r"""Lithium plating and stripping: charge-conserving two-potential phase-field model.

.. math::

   \partial_t\xi &= L_\sigma\kappa\,[\nabla\!\cdot(m(n)\nabla\xi) - \xi(1-\xi)(1-2\xi)/\delta^2]
                 - \frac{i_0 V_{Li}}{F}\,|\nabla\xi|\,B                                          &(1)\\
   0 &= \nabla\!\cdot[s\,\sigma(c)\,\nabla\phi]
      - \nabla\!\cdot[s\,\tfrac{2RT}{F}(1-t_+)\chi\,\tfrac{\sigma(c)}{c}\nabla c]
      - F c_{Li}\,\partial_t\xi                                                              &(2)\\
   \partial_t(s c) &= \nabla\!\cdot(s D\nabla c)
                     - (1-t_+)\,c_{Li}\,[\partial_t\xi - \nabla\!\cdot(\delta\,\partial_t\xi\,n)]          &(3)

with s = (1 − ξ) + ε, B = q [e^{α_a y} − e^{−α_c y}], q = b(x) (c_s/c₀)^{α_a}, and the activation overpotential
y in series with a film of area-specific resistance R(x): y + R B = η = φ_m − φ_s + p V_Li/F (+ Gibbs-Thomson), p the
pressure in the lithium. A layer that grows meanwhile adds its resistance R(t) to the film's.

|∇ξ| is the area of the surface per volume; φ_s and c_s are φ and c at the surface, by a Taylor step along its normal n
from each cell of the interface (:mod:`phasefield.physics.common.surface`): where the salt's gradient makes a part
(2RT/F)(1 − t₊)χ ln c of φ, the rest of φ is extrapolated. Areas, normals and steps are those of the fields that
a step starts from, predicted for its end.

The lithium, 10⁷ times the better conductor, is an equipotential φ_m = 0. φ is measured by a lithium
reference electrode, so η = 0 at equilibrium for any c. The one ∂ξ/∂t of (1) plates the metal, takes the
charge in (2) and the salt in (3), so that each is conserved to the tolerance of the linear solver. (3) is
left out when t₊ = 1.

Sources: (1) with g = Wξ²(1−ξ)² as in Chen et al., J. Power Sources 300 (2015) 376, doi:10.1016/j.jpowsour.2015.09.055, but
with |∇ξ| in place of h′(ξ): ∫|∇ξ|dx = 1 through a front of any profile, so v = i₀V_Li B/F. (2), (3):
concentrated binary electrolyte, Newman & Thomas-Alyea, Electrochemical Systems, 3rd ed., ch. 12; χ is the
thermodynamic factor. Curvature counter-term of ``capillarity = "physical"``: Folch et al., Phys. Rev. E 60
(1999) 1724, doi:10.1103/PhysRevE.60.1724. Units are those of :class:`phasefield.physics.plating.scales.Scales`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fipy import DiffusionTerm, TransientTerm, Variable
from fipy.tools import numerix

from phasefield.engines.symbolic import linearize
from phasefield.physics.common.curvature import curvature
from phasefield.physics.common.drive import DrivenModel
from phasefield.physics.common.energy import cubic_anisotropy, double_well_slope, δ
from phasefield.physics.common.model import Boundary, CoefficientField, Field
from phasefield.physics.common.surface import Surface, antitrapping, predicted


@dataclass(frozen=True)
class Parameters:
    """Dimensionless parameters; lengths in δ_PF, potentials in RT/F, currents in i₀.

    Attributes
    ----------
    mobility : float
        L_σκ, the coefficient of the interface's own smoothing.
    conductivity, conductivity_exponent : float
        σ = σ₀ (c/c₀)^p.
    cell : float
        Cell size along the height, for a well without lattice error; 0 takes the continuum's.
    floor : float
        ε, what is left of the ionic conductivity in the metal.
    anisotropy : float
        ε of the cubic interface energy.
    layer : callable or None
        Resistance of a uniform layer as a function of time, in series with the film.
    pressure : float
        p V_Li/(RT): compressed lithium plates less readily, and dissolves more readily.
    capillarity : float or None
        V_Li γ/(RT δ_PF), for the Gibbs-Thomson shift of η when the interface's own capillarity is taken out;
        None leaves the latter in.
    diffusivity, transference, thermodynamic_factor, lithium_per_salt : float
        D, t₊, χ and c_Li/c₀; only of a binary electrolyte.
    kinetics : ButlerVolmer or LinearKinetics
    """

    mobility: float
    conductivity: float
    kinetics: Any
    conductivity_exponent: float = 0.0
    cell: float = 0.0
    floor: float = 1e-3
    anisotropy: float = 0.0
    layer: Callable[[float], float] | None = None
    pressure: float = 0.0
    capillarity: float | None = None
    transference: float = 1.0
    diffusivity: float = 0.0
    thermodynamic_factor: float = 1.0
    lithium_per_salt: float = 0.0
    reservoir: bool = False


class Plating(DrivenModel):
    """Equations (1)-(3) for the parameters, the geometry and the drive of one case.

    Parameters
    ----------
    parameters : Parameters
    fields : tuple of Field
        ``xi``, ``phi`` and, for a binary electrolyte, ``c``.
    static : tuple of CoefficientField
        Any of ``film`` (R), ``exchange`` (b) and ``conductivity`` (σ over its bulk value); absent ones
        are 0, 1 and 1.
    """

    def __init__(self, parameters: Parameters, fields: Iterable[Field], static: Iterable[CoefficientField] = ()):
        super().__init__()
        self.p, self.fields, self.static = parameters, tuple(fields), tuple(static)
        self.given = Variable(value=1.0, name="given")  # 1 while the current is, 0 while the voltage is
        self.time = Variable(value=0.0, name="t")  # at the end of the step, for the layer
        self.layer = Variable(value=self.p.layer(0.0) if self.p.layer else 0.0, name="R_layer")
        self.scalars = (self.current, self.time, self.layer) if self.p.layer else (self.current,)
        self._tries: list[tuple[float, float]] = []
        self.binary = any(f.name == "c" for f in self.fields)
        self.auxiliary = tuple(predicted(f.name) for f in self.fields)

    def apply(self, segment):
        super().apply(segment)
        self.given.setValue(float(segment.galvanostatic))

    def equations(self, v, dt):
        p, ξ, φ = self.p, v.xi, v.phi
        s = (1 - ξ) + p.floor
        σ = self.conductivity(v) * s
        m = interface_anisotropy(ξ, p.anisotropy)

        source = (
            -p.mobility * double_well_slope(ξ, p.cell / δ) / (2 * δ**2)
            - Surface(0.5 * (ξ.old + v.predicted_xi), 0.5 * (ξ.old.grad + v.predicted_xi.grad)).area * self.reaction_rate(v)
            + self.curvature_counter_term(ξ)
        )
        self.sources = {"S": source}
        smoothing, reaction = DiffusionTerm(p.mobility * m, var=ξ), linearize(source, *self.unknowns(v))
        moved = antitrapping(v.predicted_xi, ξ.old, dt)
        equations = {
            "xi": TransientTerm(var=ξ) == smoothing + reaction,  # (1)
            "phi": DiffusionTerm(σ, var=φ) + v.inflow.phi + moved == TransientTerm(var=ξ),  # (2)
        }
        if self.binary:
            c, anions = v.c, 1 - p.transference
            diffusion_current = DiffusionTerm(self.inside(s * self.diffusion_pull(v)), var=c)
            uptake = TransientTerm(anions * p.lithium_per_salt, var=ξ)
            diffusion = DiffusionTerm(s * p.diffusivity, var=c)
            equations["phi"] = DiffusionTerm(σ, var=φ) - diffusion_current + v.inflow.phi + moved == TransientTerm(var=ξ)
            equations["c"] = TransientTerm(s, var=c) + uptake == diffusion + anions * p.lithium_per_salt * moved + v.inflow.c  # (3)
        return equations

    def boundaries(self, v):
        p = self.p
        conditions = [self.counter_electrode("phi")]
        if self.binary and p.reservoir:
            conditions.append(Boundary("c", "top", "value", 1.0))
        elif self.binary:
            salt = (1 - p.transference) * self.current  # anions stay: lithium emits cations only
            conditions.append(Boundary("c", "top", "flux", salt * p.lithium_per_salt))
            if not self.galvanostatic:  # the diffusion current that a gradient of c drives through the face
                gradient = salt * p.lithium_per_salt / p.diffusivity

                def diffusion_current(layer):
                    return -self.diffusion_pull(layer) * gradient.value

                conditions.append(Boundary("phi", "top", "flux", diffusion_current))
        return tuple(conditions)

    def refresh(self, state, dt, iteration):
        """The layer's resistance at the end of the step; the mean current density of a potentiostatic one.

        The counter electrode's salt flux follows the latter.

        It is a fixed point of the iterates of ξ; the secant through the last two tries finds it where the
        plain iteration would swing, near the limiting current.
        """
        if self.p.layer and iteration == 1:
            self.time.setValue(float(self.time.value) + float(dt.value))
            self.layer.setValue(self.p.layer(float(self.time.value)))
        if self.galvanostatic:
            return
        tried = float(self.current.value)
        found = state.gained("xi") / float(dt.value)
        if iteration in (0, 1):
            self._tries = []
        self._tries = [*self._tries[-1:], (tried, found - tried)]
        following = found
        if len(self._tries) == 2 and iteration > 2:
            (x0, r0), (x1, r1) = self._tries
            if r1 != r0:
                secant = x1 - r1 * (x1 - x0) / (r1 - r0)
                following = secant if abs(secant - x1) < 4 * abs(r1) else found
        self.current.setValue(following)

    # -- the closures the equations are made of --------------------------------------------------------

    def unknowns(self, v):
        """Fields the reaction depends on."""
        return [v.xi, v.phi] + ([v.c] if self.binary else [])

    def conductivity(self, v):
        """σ(c) of the electrolyte, without the weight s."""
        p = self.p
        σ = p.conductivity * v.conductivity if hasattr(v, "conductivity") else p.conductivity
        return σ * v.c**p.conductivity_exponent if self.binary else σ

    def diffusion_pull(self, v):
        """2(1 − t₊)χσ/c: the current density that a unit gradient of c drives, without the weight s."""
        return self.diffusion_potential * self.conductivity(v) / v.c

    def inside(self, coefficient):
        """Face values of a coefficient, 0 on the box's faces while the current is given.

        The given current is the whole of it: a reservoir's gradient of c must not drive more through the face.
        """
        return coefficient.faceValue * (1 - self.given * coefficient.mesh.exteriorFaces)

    def overpotential(self, v):
        """η = φ_m − φ_s + p V_Li/F, plus the Gibbs-Thomson shift where the model carries it explicitly."""
        η = -v.phi + self.p.pressure
        if self.binary:
            η = η + self.diffusion_potential * numerix.log(v.predicted_c / self.surface_concentration(v))
        if self.p.capillarity is not None:
            η = η + self.p.capillarity * curvature(v.xi.old)
        return η

    def surface_concentration(self, v):
        return surface_of(v).concentration(v.predicted_c, v.predicted_c.grad)

    @property
    def diffusion_potential(self) -> float:
        """2(1 − t₊)χ: of salt, by which φ rises with ln c where no current flows."""
        return 2 * (1 - self.p.transference) * self.p.thermodynamic_factor

    def reaction_rate(self, v):
        """B, the current density over i₀ of the surface that this cell belongs to; plating negative."""
        q = getattr(v, "exchange", 1.0)
        if self.binary:
            q = q * (v.c * self.surface_concentration(v) / v.predicted_c) ** self.p.kinetics.anodic
        film = getattr(v, "film", 0.0) + (self.layer if self.p.layer else 0.0)
        film = film + surface_of(v).reach / self.conductivity(v)
        y = self.p.kinetics.activation(self.overpotential(v), film * q)
        return q * self.p.kinetics.rate(y)

    def gradient_fluxes(self, v):
        """σ∇φ and D∇c as the equations have them, on faces: minus the current density, minus the salt flux."""
        s = (1 - v.xi) + self.p.floor
        σ = self.conductivity(v) * s
        phi = σ.faceValue * v.phi.faceGrad
        if not self.binary:
            return {"phi": phi}
        diffusion = self.inside(s * self.diffusion_pull(v))
        return {
            "phi": phi - diffusion * v.c.faceGrad,
            "c": (s * self.p.diffusivity).faceValue * v.c.faceGrad,
        }

    def curvature_counter_term(self, ξ):
        """+ L_σκ K |∇ξ|: takes the interface's own capillarity out again, at the last time step's shape."""
        if self.p.capillarity is None:
            return 0.0
        return self.p.mobility * curvature(ξ.old) * ξ * (1 - ξ) / δ


def surface_of(v) -> Surface:
    """Of the lithium, as predicted for the end of the step."""
    return Surface(v.predicted_xi, v.predicted_xi.grad)


def interface_anisotropy(ξ, strength):
    """Diffusivity of ξ on each face over its isotropic value: the diagonal variational flux, face by face.

    On a face normal to axis i only J_i counts, so a scalar per face holds the whole tensor on a grid.
    """
    if strength == 0:
        return 1.0
    gradient = ξ.faceGrad
    square = gradient.dot(gradient) + 1e-10
    normals = ξ.mesh.faceNormals
    components = cubic_anisotropy([gradient[i] ** 2 / square for i in range(ξ.mesh.dim)], strength)
    return sum(m * n**2 for m, n in zip(components, normals, strict=True))
