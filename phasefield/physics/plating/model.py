r"""Lithium plating and stripping: charge-conserving two-potential phase-field model.

.. math::

   \partial_t\xi &= \Gamma\,\nabla\!\cdot[\nabla\xi + \xi(1-\xi)/\delta\;n]
                 - \frac{i_0 V_{Li}}{F}\,|\nabla\xi|\,B                                          &(1)\\
   0 &= \nabla\!\cdot[(s\,\sigma(c) + \epsilon\sigma_0\xi^2)\,\nabla\phi]
      - \nabla\!\cdot[s\,\tfrac{2RT}{F}(1-t_+)\chi\,\tfrac{\sigma(c)}{c}\nabla c]
      - F c_{Li}\,u                                                                          &(2)\\
   \partial_t(s c) &= \nabla\!\cdot(s D\nabla c) - (1-t_+)\,c_{Li}\,u                        &(3)\\
   u &= r - \nabla\!\cdot(\delta\,r\;n), \qquad r = -\frac{i_0 V_{Li}}{F}\,|\nabla\xi|\,B,
      \qquad n = -\nabla\xi/|\nabla\xi|                                                          &(4)

with s = (1 − ξ) + ε, B = q [e^{α_a y} − e^{−α_c y}], q = b(x) (c_s/c₀)^{α_a}, and the activation overpotential y in
series with a film of area-specific resistance R(x) and with the electrolyte between a cell and the surface:
y + [R − δ ln ξ/σ] B + (2RT/F)(1 − t₊)χ ln(c_s/c) = η = φ_m − φ + (p + γK) V_Li/F, p the pressure in the lithium, K its
curvature, 1/σ its mean over the concentrations from c to c_s. c_s follows the current that the cell takes:
c_s = c − δ ln ξ (1 − t₊)c_Li v/D with v = i₀V_Li B/F, so no cell takes more than diffusion brings. A layer that grows
meanwhile adds its resistance R(t) to the film's.

Current enters through the top, as the drive says: from an electrode without kinetics that stays where it is, or from
the lithium of :mod:`phasefield.physics.plating.counter`.

Nuclei that the mesh does not resolve hold the lithium ν; with the double layer of the bare collector,

.. math::

   \partial_t\nu = -n A(R)\,\frac{i_0 V_{Li}}{F} B(\phi), \qquad
   u \to u + \partial_t\nu + \partial_t(C s\phi)/F c_{Li}                                      &(5)

(:mod:`phasefield.physics.plating.nucleation`).

|∇ξ| is the area of the surface per volume, u the uptake moved outwards, c_s the concentration at the surface; see
:mod:`phasefield.physics.common.surface`. n, K and ln ξ are those of the fields predicted for the end of the step;
so is |∇ξ|, but in implicit Euler it is that of the middle. The term in Γ only keeps the profile; Γ follows the present
current. With ``capillarity = "effective"`` it is instead Γ [∇·(m(n)∇ξ) − ξ(1 − ξ)(1 − 2ξ)/δ²] of the same Γ all the
time, whose own capillarity replaces γK.

The lithium, 10⁷ times the better conductor, is an equipotential: φ_m = 0 where it is connected to the collector at the
bottom. A piece that is not has the potential φ_m with which it gains no lithium, ∫∂_tξ dV = 0 over the cells that it is
nearest to: no net current, though one side may be plated and another stripped. φ is measured by a lithium
reference electrode, so η = 0 at equilibrium for any c. The one ∂ξ/∂t of (1) plates the metal, takes the
charge in (2) and the salt in (3), so that each is conserved to the tolerance of the linear solver. (3) is
left out when t₊ = 1.

Sources: (1) after Chen et al., J. Power Sources 300 (2015) 376, doi:10.1016/j.jpowsour.2015.09.055, but with |∇ξ| in
place of h′(ξ): ∫|∇ξ|dx = 1 through a front of any profile, so v = i₀V_Li B/F. (2), (3): concentrated binary
electrolyte, Newman & Thomas-Alyea, Electrochemical Systems, 3rd ed., ch. 12; χ is the thermodynamic factor. Units
are those of :class:`phasefield.physics.plating.scales.Scales`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from fipy import DiffusionTerm, TransientTerm, Variable
from fipy.tools import numerix

from phasefield.engines.symbolic import linearize
from phasefield.physics.common.drive import DrivenModel
from phasefield.physics.common.energy import cubic_anisotropy, double_well_slope, δ
from phasefield.physics.common.kinetics import DepletingSurface
from phasefield.physics.common.model import Boundary, CoefficientField, Field, Floating, LaggedField, Split
from phasefield.physics.common.secant import Secant
from phasefield.physics.common.surface import (
    Surface,
    curvature,
    electrolyte,
    normal_part,
    outward_uptake,
    outwards,
    predicted,
    sharpening,
    surface_in_step,
)
from phasefield.physics.plating.column import Column, ColumnParameters
from phasefield.physics.plating.counter import Counter, CounterParameters
from phasefield.physics.plating.nucleation import Nucleus
from phasefield.physics.plating.pieces import isolated, potential_around
from phasefield.physics.plating.salt import LEAST_REACH, reacting_salt, salt_of, size_of


@dataclass(frozen=True)
class Parameters:
    """Dimensionless parameters; lengths in δ_PF, potentials in RT/F, currents in i₀.

    Attributes
    ----------
    mobility : float
        Γ, which keeps the profile: the largest of the run.
    conductivity, conductivity_exponent : float
        σ = σ₀ (c/c₀)^p.
    cell : float
        Cell size along the height, for a well without lattice error; 0 for that of the continuum.
    floor : float
        ε, ratio of the ionic conductivity in the metal to that of the electrolyte.
    anisotropy : float
        ε of the cubic interface energy.
    layer : callable or None
        Resistance of a uniform layer as a function of time, in series with the film.
    pressure : float
        p V_Li/(RT) of the pressure in the lithium, which lowers the driving force of plating.
    capillarity : float or None
        V_Li γ/(RT δ_PF), for the Gibbs-Thomson shift of η; None for that of the mobility.
    diffusivity, transference, thermodynamic_factor, lithium_per_salt : float
        D, t₊, χ and c_Li/c₀; only for a binary electrolyte.
    kinetics : ButlerVolmer or LinearKinetics
    counter : CounterParameters or None
        Lithium at the top; None for an electrode without kinetics.
    nucleus : Nucleus or None
        What nuclei on the collector are like; None without nucleation.
    traction : callable or None
        ``traction(fields, grid) -> ndarray``: what the pressure on the surface exceeds ``pressure`` by, in the cells
        that a rank holds, for the predicted fields; None for a uniform pressure. Collective.
    column : ColumnParameters or None
        Column that a support presses on, by which the pressure changes from ``pressure`` on.
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
    counter: CounterParameters | None = None
    nucleus: Nucleus | None = None
    traction: Callable[..., np.ndarray] | None = None
    column: ColumnParameters | None = None


class Plating(DrivenModel):
    """Equations (1)-(3) for the parameters, the geometry and the drive of one case.

    Parameters
    ----------
    parameters : Parameters
    fields : tuple of Field
        ``xi``, ``phi``, for a binary electrolyte ``c``, and with nucleation ``nuclei`` (ν).
    static : tuple of CoefficientField
        Any of ``film`` (R), ``exchange`` (b) and ``conductivity`` (σ over its bulk value); absent ones
        are 0, 1 and 1. With nucleation also ``sites`` (n, unresolved nuclei per volume) and ``collector`` (area of the
        collector per volume).
    """

    instant = 1e-4

    def __init__(self, parameters: Parameters, fields: Iterable[Field], static: Iterable[CoefficientField] = ()):
        super().__init__()
        self.p, self.fields, self.static = parameters, tuple(fields), tuple(static)
        self.given = Variable(value=1.0, name="given")  # 1 while the current is, 0 while the voltage is
        self.time = Variable(value=0.0, name="t")  # at the end of the step, for the layer
        self.layer = Variable(value=self.p.layer(0.0) if self.p.layer else 0.0, name="R_layer")
        self.mobility = Variable(value=parameters.mobility, name="Γ")
        self.scalars = (self.current, self.time, self.layer) if self.p.layer else (self.current,)
        self._secant = Secant()
        self.binary = any(f.name == "c" for f in self.fields)
        apart = [LaggedField(name, lambda fields, _: np.zeros_like(fields["xi"])) for name in ("metal", "piece")]
        self.auxiliary = (predicted("xi"), *apart)
        self.floating = Floating("metal", "piece", "xi", isolated, potential_around)
        self._continues = self.p.cell > 0 and self.p.capillarity is not None  # in a box
        if self._continues:
            self.auxiliary += (LaggedField("bottom", _at_the_bottom),)
        self.counter = Counter(self.p.counter, self) if self.p.counter else None
        if self.counter:
            self.scalars += self.counter.scalars
            self.auxiliary += self.counter.auxiliary
        self.column = Column(self.p.column) if self.p.column else None
        if self.column:
            self.scalars += self.column.scalars
        if parameters.traction:
            self.auxiliary += (LaggedField("traction", parameters.traction, settles=True, collective=True),)
        if not (self.binary or self.counter or self.column or any((self.p.nucleus, self.p.traction, self.p.layer))):
            # ξ and φ are all there is, and all that a step lags is ξ
            self.split = Split("xi", "phi", "predicted_xi", self.reaction, stored=-1.0)

    def apply(self, segment):
        super().apply(segment)
        self.given.setValue(float(segment.galvanostatic))

    def equations(self, v, dt):
        p, ξ, φ = self.p, v.xi, v.phi
        s = electrolyte(ξ, p.floor)
        σ = self.conductivity(v) * s
        expected, middle = v.predicted_xi, self.surface_within(v)
        source = -middle.area * (v.reaction if hasattr(v, "reaction") else self.reaction(v))
        within = within_pieces(v.piece)
        if p.capillarity is None:
            source = source - p.mobility * double_well_slope(ξ, p.cell / δ) / (2 * δ**2)
            profile = DiffusionTerm(p.mobility * within * interface_anisotropy(ξ, p.anisotropy), var=ξ)
        else:
            profile = DiffusionTerm(self.mobility * within, var=ξ)
            profile = profile - self.mobility * sharpening(expected, p.cell / δ, within)
        self.sources = {"S": source}
        reaction = linearize(source, *self.unknowns(v))
        front = TransientTerm(var=ξ) == profile + reaction  # (1)
        uptake = self.uptake(v, source, reaction, dt, within)
        charge = DiffusionTerm(self.conducting(v, σ), var=φ) + v.inflow.phi
        if self.counter:
            current = self.counter.current(v)
            charge = charge + linearize(self.counter.per_volume(v) * current, *self.unknowns(v))
        taken, nuclei = uptake(1.0), {}
        if p.nucleus is not None:  # (5)
            taken = taken + TransientTerm(self.double_layer(v), var=φ) + TransientTerm(var=v.nuclei)
            growth = p.nucleus.growth(v.sites, v.nuclei.old, dt, lambda *nucleus: self.nucleus_velocity(v, *nucleus))
            nuclei = {"nuclei": TransientTerm(var=v.nuclei) == linearize(growth, *self.unknowns(v)[1:])}
        if not self.binary:
            return {"xi": front, "phi": charge == taken, **nuclei}  # (2)
        c, salt = v.c, (1 - p.transference) * p.lithium_per_salt
        diffusion_current = DiffusionTerm(self.diffusion_pull_on_faces(v, σ), var=c)
        diffusion = DiffusionTerm(s * p.diffusivity, var=c) + v.inflow.c
        if self.counter:
            entering = self.counter.salt(v, current, dt)
            diffusion = diffusion + linearize(self.counter.per_volume(v) * entering, *self.unknowns(v))
        of_salt = TransientTerm(s, var=c) + uptake(salt)
        if p.nucleus is not None:
            of_salt = of_salt + TransientTerm(salt * self.double_layer(v), var=φ) + TransientTerm(salt, var=v.nuclei)
        return {
            "xi": front,
            "phi": charge - diffusion_current == taken,  # (2)
            "c": of_salt == diffusion,  # (3)
            **nuclei,
        }

    def surface_within(self, v) -> Surface:
        """The surface within the step whose area takes part in the reaction."""
        ξ, cell = v.xi, self.p.cell / δ
        middle = replace(surface_in_step(ξ.old, ξ.old.grad, v.predicted_xi, v.lag, cell), walls=not self.binary)
        return replace(middle, gradient=self.continued(middle.gradient, v)) if self._continues else middle

    def reaction(self, v):
        """B in the cells that have a surface within the step."""
        return self.reaction_rate(v, self.surface_within(v).exists)

    def uptake(self, v, source, reaction, dt, within):
        """``terms(amount)``, the terms of an amount of something per lithium that is taken up at the rate u of (4).

        The flux that keeps the profile moves lithium, but plates none: only the reaction takes up charge and salt. The
        operator of Allen and Cahn does plate lithium, so all of ∂ξ/∂t does.
        """
        if self.p.capillarity is None:
            outward = outward_uptake(v.xi, v.predicted_xi, dt, ridges=0, through=within)
            return lambda amount: TransientTerm(amount, var=v.xi) - amount * outward
        way = outwards(v.predicted_xi, through=within)
        # in a salt, a cell without a reaction must not take up what its neighbour takes
        moved = source.harmonicFaceValue if self.binary else source.faceValue
        return lambda amount: amount * reaction - (amount * moved * way).divergence

    def boundaries(self, v):
        p = self.p
        if self.counter:
            return ()
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
        """The layer's resistance, the column's pressure, and the place of the counter electrode, at the step's end.

        In a potentiostatic one first its mean current density, which the counter electrode's salt flux follows. It is a
        fixed point of the iterates of ξ; the secant through the last two tries finds it near the limiting current,
        where plain iteration would oscillate.
        """
        if self.p.layer and iteration == 1:
            self.time.setValue(float(self.time.value) + state.dt)
            self.layer.setValue(self.p.layer(float(self.time.value)))
        if not self.galvanostatic:
            current = self._secant.after(float(self.current.value), state.rate(self.taken), iteration)
            self.current.setValue(current)
        if self.column:
            self.column.follow(state.grid.integral(state.box.own(state.now["xi"])), iteration)
        if self.counter and iteration:  # measurements after the last iteration see the electrode where it was in it
            self.counter.recede(state.difference, iteration)

    def taken(self, fields):
        """What has taken up charge in each cell: lithium, resolved or not, and the double layer of the collector.

        Parameters
        ----------
        fields : dict of ndarray
            Fields and static fields by name.
        """
        if self.p.nucleus is None:
            return fields["xi"]
        v = SimpleNamespace(**fields)
        return v.xi + v.nuclei + self.double_layer(v) * v.phi

    # -- coefficients of the equations -----------------------------------------------------------------

    def unknowns(self, v):
        """Fields the reaction depends on."""
        return [v.xi, v.phi] + ([v.c] if self.binary else [])

    def conductivity(self, v):
        """σ(c) of the electrolyte, without the weight s."""
        p = self.p
        σ = p.conductivity * v.conductivity if hasattr(v, "conductivity") else p.conductivity
        return σ * salt_of(v.c) ** p.conductivity_exponent if self.binary else σ

    def conducting(self, v, σ):
        """What conducts a gradient of φ: s σ(c), and with a salt εσ₀ξ² more.

        Where the salt in the metal ends, φ would otherwise have no meaning there: it jumped by hundreds of RT/F.
        """
        return σ + v.xi * v.xi * (self.p.floor * self.p.conductivity) if self.binary else σ

    def diffusion_pull(self, v):
        """2(1 − t₊)χσ/c: the current density that a unit gradient of c drives, without the weight s."""
        return self.diffusion_potential * self.conductivity(v) / salt_of(v.c)

    def diffusion_pull_on_faces(self, v, σ):
        """The same on faces, with the weight s in σ; 0 on the box's faces while the current is given.

        σ and c have a mean each, so that a difference of c drives no more than 2(1 − t₊)χ times 2, where c nearly ends.
        The given current is the total current: a reservoir's gradient of c must not drive more through the face.
        """
        inside = 1 - self.given * v.mesh.exteriorFaces
        return self.diffusion_potential * σ.faceValue / size_of(v.c).faceValue * inside

    def continued(self, slope, v):
        """∇ξ in the cells of a box, on the collector by a one-sided difference: a thin film is the top of a front.

        The mirror at the bottom would halve ∇ξ there. What a film thinner than its interface has left of a front would
        then plate slower on the collector than above it, and would not become a front again.
        """
        return slope * (1 + v.bottom * [*[0.0] * (v.mesh.dim - 1), 1.0])

    def overpotential(self, v):
        """η = φ_m − φ + p V_Li/F of a cell, plus the Gibbs-Thomson shift."""
        η = v.metal - v.phi + (self.column.pressure if self.column else self.p.pressure)
        if self.p.traction is not None:
            η = η + v.traction
        if self.p.capillarity is not None:
            η = η + self.p.capillarity * curvature(v.predicted_xi, self.p.anisotropy)
        return η

    @property
    def salt_per_current(self) -> float:
        """Slope of c at the surface, over the current density that is plated."""
        return (1 - self.p.transference) * self.p.lithium_per_salt / self.p.diffusivity

    @property
    def diffusion_potential(self) -> float:
        """2(1 − t₊)χ: slope of φ over ln c where no current flows."""
        return 2 * (1 - self.p.transference) * self.p.thermodynamic_factor

    def reaction_rate(self, v, where=1.0):
        """B, the current density over i₀ of the surface that a cell belongs to; plating negative.

        0 unless ``where`` is 1: the law is not solved where there is no surface.
        """
        q = getattr(v, "exchange", 1.0)
        film = getattr(v, "film", 0.0) + (self.layer if self.p.layer else 0.0)
        η, reach = where * self.overpotential(v), surface_of(v).reach
        if not self.binary:
            y = self.p.kinetics.activation(η, (film + reach / self.conductivity(v)) * q)
            return q * self.p.kinetics.rate(y)
        c, per_current = reacting_salt(v.c), self.salt_per_current
        q = q * c**self.p.kinetics.anodic
        taken = where * numerix.sqrt(reach**2 + (LEAST_REACH * δ) ** 2) * per_current / c
        drop = c / (self.conductivity(v) * per_current)
        law = DepletingSurface(self.p.kinetics, self.diffusion_potential, self.p.conductivity_exponent)
        return q * law.rate(η, film * q, taken * q, drop)

    def double_layer(self, v):
        """Capacitance per volume, where the collector is bare."""
        assert self.p.nucleus is not None, "only with nucleation"
        return self.p.nucleus.capacitance * v.collector * electrolyte(v.xi, 0.0)

    def nucleus_velocity(self, v, where, distance):
        """Velocity with which the surface of an unresolved nucleus grows, which is its current density.

        It sees the electrolyte of its cell through a distance [δ_PF]; 0 unless ``where`` is 1.
        """
        q = getattr(v, "exchange", 1.0)
        film = getattr(v, "film", 0.0) + (self.layer if self.p.layer else 0.0)
        if self.binary:
            q = q * v.c**self.p.kinetics.anodic
        η = where * (self.p.pressure - v.phi)
        series = film + distance / self.conductivity(v)
        return -1 * q * self.p.kinetics.rate(self.p.kinetics.activation(η, series * q))

    def gradient_fluxes(self, v):
        """σ∇φ and D∇c as the equations have them, on faces: minus the current density, minus the salt flux."""
        s = electrolyte(v.xi, self.p.floor)
        σ = self.conductivity(v) * s
        phi = self.conducting(v, σ).faceValue * v.phi.faceGrad
        if not self.binary:
            return {"phi": phi}
        diffusion = self.diffusion_pull_on_faces(v, σ)
        return {
            "phi": phi - diffusion * v.c.faceGrad,
            "c": (s * self.p.diffusivity).faceValue * v.c.faceGrad,
        }


def _at_the_bottom(fields, box):
    """1 in the cells on the collector, 0 elsewhere."""
    found = np.zeros(box.ghosted_shape)
    if box.touches("bottom"):
        found[0] = 1.0
    return found


def within_pieces(piece):
    """1 on faces within a piece, 0 between two: lithium crosses the electrolyte between pieces as a current only."""
    if piece is None:
        return 1.0
    mean, of_squares = piece.faceValue, (piece * piece).faceValue
    return 1 - numerix.minimum(4 * (of_squares - mean * mean), 1)


def surface_of(v) -> Surface:
    """The lithium's surface as predicted for the end of the step."""
    return Surface(v.predicted_xi, v.predicted_xi.grad)


def interface_anisotropy(ξ, strength):
    """Diffusivity of ξ on each face over its isotropic value: the diagonal variational flux, face by face."""
    if strength == 0:
        return 1.0
    gradient = ξ.faceGrad
    square = gradient.dot(gradient) + 1e-10
    return normal_part(cubic_anisotropy([gradient[i] ** 2 / square for i in range(ξ.mesh.dim)], strength), ξ.mesh)
