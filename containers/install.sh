#!/usr/bin/env bash
# Installs phasefield from a wheel on a bare Debian 12, Debian 13 or newer, as root.   install.sh WHEEL [FOLDER]
# FOLDER is the virtual environment, /opt/phasefield by default. Containerfile, phasefield.def and clean_root.sh call it.
set -euo pipefail
wheel=$(realpath "$1")
folder=${2:-/opt/phasefield}
cd "$(dirname "$0")/.."
source tools/debian.sh

install_system_packages
make_environment "$folder"
"$folder/bin/python" -m pip install --no-cache-dir --disable-pip-version-check "$(numpy_requirement)" "${wheel}[view]"
