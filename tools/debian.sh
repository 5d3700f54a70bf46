# What Debian and Ubuntu need, as functions: for tools/setup.sh, and for containers/install.sh.
# shellcheck shell=bash

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

# make_environment FOLDER: a virtual environment that finds Debian's petsc4py, which lies beside its PETSc, out of
# Python's way; a .pth file shows the environment where it is.
make_environment() {
    local python=$1/bin/python petsc=(/usr/lib/petscdir/petsc*/*-real/lib/python3/dist-packages)
    [[ -d ${petsc[-1]}/petsc4py ]] || fail "no petsc4py under /usr/lib/petscdir: is python3-petsc4py-real installed?"
    [[ -x $python ]] && $python -m pip --version >/dev/null 2>&1 || /usr/bin/python3 -m venv --clear "$1"
    echo "${petsc[-1]}" >"$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/petsc4py.pth"
}

# numpy_requirement: what Debian's petsc4py asks of NumPy, as arguments of pip. One compiled for NumPy 1 refuses
# NumPy 2; one compiled for NumPy 2 takes both.
numpy_requirement() {
    /usr/bin/python3 -c 'import numpy; print("numpy<2" if numpy.__version__.startswith("1.") else "numpy>=1.24")'
}
