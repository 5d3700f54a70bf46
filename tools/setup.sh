#!/usr/bin/env bash
# Sets up what is missing, and only that: Debian's PETSc, Open MPI and off-screen rendering, a virtual environment, the
# package itself. Takes no time once done. Called by make; docs/install.md tells what each choice is for.
#
#   tools/setup.sh                        Debian packages, .venv
#   SYSTEM_PACKAGES=no tools/setup.sh     the same without apt-get: the packages are there already
#   PYTHON=/my/bin/python tools/setup.sh  your own Python with petsc4py and mpi4py: installs the package into it
set -euo pipefail
cd "$(dirname "$0")/.."

VENV_PYTHON=.venv/bin/python
PYTHON=${PYTHON:-$VENV_PYTHON}
PACKAGES=(
    python3-venv
    openmpi-bin openssh-client  # mpirun refuses to start without ssh, even on a single machine
    python3-petsc4py-real       # PETSc built for real numbers
    libegl1 libgl1-mesa-dri     # pictures without a screen
)

fail() {
    printf 'set-up: %s\n' "$@" >&2
    exit 1
}

install_system_packages() {
    local missing=() package
    command -v dpkg-query >/dev/null ||
        fail "this is not Debian or Ubuntu: bring your own PETSc and MPI, as docs/install.md tells"
    for package in "${PACKAGES[@]}"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0

    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "these Debian packages are missing, and there is no sudo to install them:" \
            "${missing[*]}" "ask an administrator, or see docs/install.md"
        as_root=(sudo)
    fi
    echo "set-up: installing Debian packages: ${missing[*]}"
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

make_environment() {
    # Debian keeps petsc4py out of Python's way, beside its PETSc; a .pth file shows the environment where it is.
    local petsc=(/usr/lib/petscdir/petsc*/*-real/lib/python3/dist-packages)
    [[ -d ${petsc[-1]}/petsc4py ]] || fail "no petsc4py under /usr/lib/petscdir: is python3-petsc4py-real installed?"
    [[ -x $VENV_PYTHON ]] && $VENV_PYTHON -m pip --version >/dev/null 2>&1 || /usr/bin/python3 -m venv --clear .venv
    echo "${petsc[-1]}" >"$($VENV_PYTHON -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/petsc4py.pth"
}

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
key=$(cat setup.cfg pyproject.toml tools/setup.sh - <<<"$PWD $PYTHON" | sha256sum)
[[ -x $(command -v "$PYTHON") && -f .setup-key && $(<.setup-key) == "$key" ]] && exit 0

if [[ $PYTHON == "$VENV_PYTHON" ]]; then
    [[ ${SYSTEM_PACKAGES:-yes} == no ]] || install_system_packages
    make_environment
    requirements=('numpy<2')  # Debian 12 compiled petsc4py for NumPy 1
else
    command -v "$PYTHON" >/dev/null || fail "no such Python: $PYTHON"
    requirements=()
fi
echo "set-up: installing phasefield and what it needs into $("$PYTHON" -c 'import sys; print(sys.prefix)')"
"$PYTHON" -m pip install --quiet --disable-pip-version-check "${requirements[@]}" -e '.[dev]'
check_environment
echo "$key" >.setup-key
