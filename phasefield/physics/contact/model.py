r"""An electrode that stores lithium, touching an electrolyte through a partial contact.

One potential of lithium ions, φ, spans the box. It is measured against the electrode's electrons, whose potential is
uniform, so in the electrode φ = −U(x), U being the open-circuit potential at the local content x. Hence one balance
holds everywhere and one closure ties φ to x in the electrode (χ = 1; χ = 0 in the electrolyte):

.. math::

   \chi\,\partial_t x &= \nabla\!\cdot(K\nabla\phi)                                            &(1)\\
   0 &= \chi\,[\phi + U(x)] + \nabla\!\cdot(\chi\,\kappa\nabla x)                              &(2)

K is σ in the electrolyte and D m(x) in the electrode, so that K∇φ = D∇x by the mobility m = −1/U′ (Fick), or D x(1 − x)
for a regular solution, for which (1)-(2) is the Cahn–Hilliard equation. On the plane between the two, which is a plane
of cell faces, ions cross only at the patches (θ = 1; a fraction in the cells of their rims):

.. math:: K\,\partial_z\phi = -\theta\,B(y), \qquad y + (R + R_{cells})\,B(y) = \phi_s - \phi_e,

φ_e and φ_s in the cells on either side, R the area-specific resistance of a layer between them, which may grow, and
R_cells that of the two half cells (at a rim, see :func:`rim_spreading`). B is the rate law; its argument is the local
overpotential E − φ − U, lithiation being cathodic, negative.

The electrode is at the bottom, the counter electrode at the top: lithium, whose φ is minus the cell voltage. A void at
its side is a place of zero conductivity in the cells next to it.

Units: any length L, potential RT/F, current i₀, time F c_max L/i₀; conductivity i₀L/(RT/F), diffusivity L²/time,
resistance RT/(F i₀), x = c/c_max, κ in RT L²/F per unit of x.

Sources: (2) and the local overpotential from the diffusional chemical potential, Bazant, Acc. Chem. Res. 46 (2013)
1144, doi:10.1021/ar300145c; Cahn & Hilliard, J. Chem. Phys. 28 (1958) 258, doi:10.1063/1.1744102.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fipy import DiffusionTerm, FaceVariable, TransientTerm, Variable
from fipy.tools import numerix

from phasefield.engines.symbolic import linearize
from phasefield.physics.common.drive import DrivenModel
from phasefield.physics.common.model import CoefficientField, Field


@dataclass(frozen=True)
class GrowingLayer:
    """Resistance R₀ + k√t of a layer that grows by diffusion through itself.

    Attributes
    ----------
    initial : float [RT/(F i0)]
    rate : float [RT/(F i0) per square root of a time]
    """

    initial: float = 0.0
    rate: float = 0.0

    def __call__(self, time):
        return self.initial + self.rate * time**0.5


@dataclass(frozen=True)
class Parameters:
    """Dimensionless parameters.

    Attributes
    ----------
    conductivity : float
        σ of the electrolyte, multiplied by the static field ``conductivity`` if there is one.
    diffusivity : float
        D of lithium in the electrode.
    storage : LinearPotential, RegularSolution or MeasuredPotential
        Open-circuit potential, see :mod:`phasefield.physics.contact.insertion`.
    kinetics : ButlerVolmer or LinearKinetics
    cell : float
        Cell size along the height.
    layer : callable
        ``layer(time) -> resistance`` of the layer at the contact, for a FiPy variable.
    gradient : float
        κ of the regular solution's interfaces.
    """

    conductivity: float
    diffusivity: float
    storage: Any
    kinetics: Any
    cell: float
    layer: Callable[[Any], Any] = GrowingLayer()
    gradient: float = 0.0


class Contact(DrivenModel):
    """Equations (1)-(2) for the parameters, the geometry and the drive of one case.

    Parameters
    ----------
    parameters : Parameters
    fields : tuple of Field
        ``c`` (x; a bystander in the electrolyte) and ``phi``. See :func:`fields_of`.
    static : tuple of CoefficientField
        ``electrode`` (χ) and ``coverage`` (θ); ``spreading`` (:func:`rim_spreading`) if the contact has
        rims; any of ``layer`` (factor on R) and ``conductivity`` (factor on σ and D), absent ones are 1.
    """

    def __init__(self, parameters: Parameters, fields: Iterable[Field], static: Iterable[CoefficientField]):
        super().__init__()
        self.p, self.fields, self.static = parameters, tuple(fields), tuple(static)
        self.time = Variable(value=0.0, name="t")  # at the end of the step, for the layer
        self.scalars = (self.time,)

    def equations(self, v, dt):
        p, φ, x, χ = self.p, v.phi, v.c, v.electrode
        closure = χ * (φ + self.potential(x))
        self.sources = {"closure": closure}
        gradient = DiffusionTerm(p.gradient * bulk_of(χ), var=x) if p.gradient else 0.0
        return {
            "c": TransientTerm(1 - χ, var=x) == linearize(closure, x, φ) + gradient,  # (2)
            "phi": DiffusionTerm(self.coefficient(v), var=φ) + self.remainder(v).divergence + v.inflow.phi
            == TransientTerm(χ, var=x),  # (1)
        }

    def boundaries(self, v):
        return (self.counter_electrode("phi"),)

    def refresh(self, state, dt, iteration):
        """Set the time at the end of the step, for the growing layer; a rejected step restores it."""
        if iteration == 1:
            self.time.setValue(float(self.time.value) + state.dt)

    # -- coefficients of the equations -----------------------------------------------------------------

    def potential(self, x):
        """Open-circuit potential U at a lithium content."""
        return self.p.storage.potential(x)

    def covered(self, v):
        """Part of the faces that is in contact, on the plane of contact; of no meaning elsewhere."""
        return v.coverage.faceValue

    def contact_of(self, v):
        """θ on the plane of contact, 0 on all other faces."""
        return plane_of(v.electrode) * self.covered(v)

    def resistivity(self, v):
        """1/K in the cells; a face has the mean of its two cells, as for resistors in series."""
        p, χ = self.p, v.electrode
        ρ = (1 - χ) / p.conductivity + χ / (p.diffusivity * p.storage.mobility(v.c))
        return ρ / getattr(v, "conductivity", 1.0)

    def layer_resistance(self, v):
        """R on the faces, at the end of the step."""
        return self.p.layer(self.time) * getattr(v, "layer", 1.0 + 0 * v.electrode).faceValue

    def cell_resistance(self, v):
        """R_cells on the faces, per area of contact."""
        whole = self.p.cell * self.resistivity(v).faceValue
        return whole * v.spreading.faceValue if hasattr(v, "spreading") else whole

    def contact(self, v):
        """On the plane of contact: the drop φ_s − φ_e between the cells, B and dB/d(drop)."""
        law, drop = self.p.kinetics, -self.p.cell * v.phi.faceGrad.dot(upward(v.phi.mesh))
        r = self.layer_resistance(v) + self.cell_resistance(v)
        y = law.activation(drop * (self.contact_of(v) > 0), r)  # 0 on all other faces
        return drop, law.rate(y), law.slope(y) / (1 + r * law.slope(y))

    def coefficient(self, v):
        """K on all faces; on the plane of contact, the value that gives the derivative of the current by the drop."""
        slope = self.contact(v)[2]
        return (1 - plane_of(v.electrode)) / self.resistivity(v).faceValue + self.contact_of(v) * self.p.cell * slope

    def remainder(self, v):
        """Current through the plane of contact minus its linear part in the drop, as a flux into equation (1)."""
        drop, rate, slope = self.contact(v)
        return self.contact_of(v) * (slope * drop - rate) * upward(v.phi.mesh)

    def gradient_fluxes(self, v):
        """K∇φ as the equations have it, on faces: minus the current density."""
        inside = (1 - plane_of(v.electrode)) / self.resistivity(v).faceValue
        return {"phi": inside * v.phi.faceGrad - self.contact_of(v) * self.contact(v)[1] * upward(v.phi.mesh)}


def plane_of(electrode):
    """1 on the faces between electrode and electrolyte, 0 on all others, from χ in the cells."""
    return 4 * electrode.faceValue * (1 - electrode.faceValue)


def rim_spreading(distance):
    """Resistance of the two half cells at a contact over that of an even current, for cells near its rim.

    Next to a straight rim φ ~ Re √w, w = x + iz from the rim into the gap, and the current through a part of the
    contact is the difference of Im √w over it. Their ratio replaces the half cells' resistance, which would keep
    current from the rim and make a disc too small by 0.3 cells. The factor is per area of contact: 1 far inside, 0 as
    the covered part of a cell vanishes.

    Parameters
    ----------
    distance : ndarray [cells]
        Distance of the cell's centre from the rim, positive inside.

    Notes
    -----
    √w is the leading term wherever a conductor's boundary changes from given potential to no flux (Motz, Quart. Appl.
    Math. 4 (1947) 371); its use for the conductance of a cell is derived here.
    """
    s = numerix.maximum(distance, -0.5 + 1e-9)
    covered = numerix.minimum(s + 0.5, 1.0)
    current = numerix.sqrt(s + 0.5) - numerix.sqrt(numerix.maximum(s - 0.5, 0.0))
    return 2 * covered * numerix.sqrt(0.5j - s).real / current


def bulk_of(electrode):
    """1 on the faces inside the electrode, 0 on all others, its surface included."""
    return electrode.faceValue * (2 * electrode.faceValue - 1)


def upward(mesh):
    """Unit vector along the height, on faces."""
    unit = numerix.zeros((mesh.dim, mesh.numberOfFaces))
    unit[-1] = 1.0
    return FaceVariable(mesh=mesh, rank=1, value=unit)


def fields_of(
    parameters: Parameters, content: float, voltage_scale: float, concentration: float, shift: float = 0.0
) -> tuple[Field, Field]:
    """The unknowns at a uniform content, at equilibrium.

    Parameters
    ----------
    parameters : Parameters
    content : float [1]
        x at the start.
    voltage_scale : float [V]
        RT/F.
    concentration : float [mol/m^3]
        c_max.
    shift : float [RT/F]
        Of the open-circuit potential at the start, by stress.
    """
    rest = -float(parameters.storage.potential(content)) - shift
    return (
        Field(
            "c", "Lithium content", "mol/m3", lambda z: content + 0 * z[-1], scale=concentration,
            lower=0.0, upper=1.0, positive=True, tolerance=1e-5, controls_step=True,
        ),
        Field("phi", "Ion potential", "V", lambda z: rest + 0 * z[-1], scale=voltage_scale, tolerance=1e-4),
    )  # fmt: skip
