#!/usr/bin/env bash
# Sets up what is missing, and only that: Debian's PETSc, Open MPI and off-screen rendering, a virtual environment, the
# package itself. Takes no time once done. Called by make; docs/install.md tells what each choice is for.
#
#   tools/setup.sh                        Debian packages, .venv
#   SYSTEM_PACKAGES=no tools/setup.sh     the same without apt-get: the packages are there already
#   PYTHON=/my/bin/python tools/setup.sh  your own Python with petsc4py and mpi4py: installs the package into it
set -euo pipefail
cd "$(dirname "$0")/.."

source tools/debian.sh

VENV_PYTHON=.venv/bin/python
PYTHON=${PYTHON:-$VENV_PYTHON}

check_environment() {
    "$PYTHON" - <<'CHECK'
import sys

try:
    from petsc4py import PETSc
    from mpi4py import MPI
except ImportError as error:
    sys.exit(f"set-up: {sys.executable}: {error}; see docs/install.md")
version = ".".join(map(str, PETSc.Sys.getVersion()))
if PETSc.Sys.getVersion() < (3, 18):
    sys.exit(f"set-up: PETSc {version} is too old, 3.18 or newer is needed; see docs/install.md")
if PETSc.ScalarType().dtype.kind != "f":
    sys.exit("set-up: this PETSc is built for complex numbers, one for real numbers is needed; see docs/install.md")
mpi, mpi_version = MPI.get_vendor()
print(f"set-up: done, with PETSc {version} and {mpi} {'.'.join(map(str, mpi_version))}")
CHECK
}

# Done before, by this script, with this metadata, for this place and this Python?
key=$(cat setup.cfg pyproject.toml tools/setup.sh tools/debian.sh - <<<"$PWD $PYTHON" | sha256sum)
[[ -x $(command -v "$PYTHON") && -f .setup-key && $(<.setup-key) == "$key" ]] && exit 0

if [[ $PYTHON == "$VENV_PYTHON" ]]; then
    [[ ${SYSTEM_PACKAGES:-yes} == no ]] || install_system_packages
    make_environment .venv
    requirements=("$(numpy_requirement)")
else
    command -v "$PYTHON" >/dev/null || fail "no such Python: $PYTHON"
    requirements=()
fi
echo "set-up: installing phasefield and what it needs into $("$PYTHON" -c 'import sys; print(sys.prefix)')"
"$PYTHON" -m pip install --quiet --disable-pip-version-check "${requirements[@]}" -e '.[dev]'
check_environment
echo "$key" >.setup-key
