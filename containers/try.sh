#!/usr/bin/env bash
# A new user's first minutes, in a new folder: a deck, a run, its page; then a check, a picture, two ranks.   try.sh [FOLDER]
set -euo pipefail
export PATH=${PHASEFIELD:-/opt/phasefield}/bin:$PATH OMP_NUM_THREADS=1
# Ranks that share cores, and root, as in a container; the names in PRTE are those of Open MPI 5
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe PRTE_MCA_hwloc_default_binding_policy=none
cd "${1:-$(mktemp -d)}"
phasefield --version
phasefield new coated my.toml
phasefield run my.toml

phasefield view --no-browser runs/my >page.txt &
viewer=$!
trap 'kill $viewer' EXIT
for ((k = 0; k < 120; k++)); do
    [[ -s page.txt ]] && break
    sleep 1
done
python3 -c 'import sys, urllib.request as r; assert b"</html>" in r.urlopen(sys.argv[1], timeout=60).read()' "$(<page.txt)"
echo "phasefield view: its page is there after $SECONDS s"

phasefield check my.toml
phasefield status runs/my
phasefield render --no-movie runs/my
mpirun -n 2 phasefield run my.toml -o runs/two --set "domain.cells=[56, 77]" --set "interface.width=3 um" \
    --set "stop.time=2 min"
