#!/usr/bin/env bash
# Run a deck on this machine.   mpi_runs/local.sh inputs/plating_coated.toml [ranks] [options of `phasefield run`]
set -euo pipefail
cd "$(dirname "$0")/.."

deck=$1
ranks=${2:-2}              # as many as there are physical cores, not hardware threads

export OMP_NUM_THREADS=1   # one thread per rank

mpirun -n "$ranks" .venv/bin/phasefield run "$deck" "${@:3}"
