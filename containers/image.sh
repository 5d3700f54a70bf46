#!/usr/bin/env bash
# Builds the image of Containerfile with buildah, and does in it what a new user does, where no registry can be reached:
# the base is a Debian that mmdebstrap makes.   image.sh DEBIAN      DEBIAN: 12, 13
#
# As root, with buildah and mmdebstrap installed, and a wheel in dist/. It needs no daemon and no name spaces of a
# container: buildah runs each step in a chroot.
set -euo pipefail
version=$1
declare -A suites=([12]=bookworm [13]=trixie)
mirror=${MIRROR:-http://deb.debian.org/debian}
export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs} BUILDAH_ISOLATION=chroot
cd "$(dirname "$0")/.."

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mmdebstrap --quiet --variant=minbase --include=ca-certificates "${suites[$version]}" "$root" "$mirror"
# The certificates of this machine, where a network has its own
if compgen -G "/usr/local/share/ca-certificates/*.crt" >/dev/null; then
    cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
    chroot "$root" update-ca-certificates >/dev/null
fi
base=$(buildah from scratch)
buildah add --quiet "$base" "$root" / >/dev/null
buildah commit --quiet --rm "$base" "docker.io/library/debian:$version-slim" >/dev/null

time buildah build --pull-never --env PIP_CERT=/etc/ssl/certs/ca-certificates.crt --build-arg "DEBIAN=$version" \
    -f containers/Containerfile -t "phasefield:$version" .
tried=$(buildah from --pull-never "phasefield:$version")
trap 'rm -rf "$root"; buildah rm "$tried" >/dev/null' EXIT
time buildah run "$tried" -- /source/containers/try.sh
