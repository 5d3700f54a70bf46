"""Curvature of a diffuse interface, in FiPy's variables."""

from fipy.tools import numerix


def curvature(ξ, on_faces=1.0):
    """Mean curvature K = −∇·(∇ξ/|∇ξ|) [1/δ_PF], positive where the phase of ξ is convex; a weight 0 excludes a face.

    Parameters
    ----------
    ξ : fipy.CellVariable [1]
        Order parameter of the phase.
    on_faces : float or fipy.FaceVariable [1]
        Weight of each face.
    """
    return -1 * (on_faces * (ξ.faceGrad / numerix.sqrt(ξ.faceGrad.dot(ξ.faceGrad) + 1e-8))).divergence
