"""What every test runs under: one thread per process, and MPI jobs that share two cores in peace."""

import os

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # More ranks than cores, side by side with other tests: never pin ranks to cores, and yield while waiting.
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    # The same for Open MPI 5, whose launcher is PRRTE.
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "PRTE_MCA_hwloc_default_binding_policy": "none",
}
if os.geteuid() == 0:  # containers and CI
    ENVIRONMENT |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}

os.environ.update(ENVIRONMENT)  # before anything imports NumPy or MPI
