#!/usr/bin/env bash
# The steps of Containerfile without a container engine: a bare Debian in a folder, and in it install.sh and try.sh.
#
#   containers/clean_root.sh SUITE WHEEL FOLDER      SUITE: bookworm (Debian 12), trixie (13)
#
# As root, with mmdebstrap installed. FOLDER is made, or used again if it is there, and stays. Prints how long each step
# took, and how much CPU time, which depends less on what else the machine does. /proc, /sys and /dev are mounted in a name space of this script's own, which ends with it.
set -euo pipefail
[[ ${IN_OWN_SPACE:-} ]] || IN_OWN_SPACE=1 exec unshare --mount --propagation private "$0" "$@"
suite=$1
wheel=$(realpath "$2")
root=$(realpath -m "$3")
mirror=${MIRROR:-http://deb.debian.org/debian}
here=$(realpath "$(dirname "$0")/..")

timed() {
    local TIMEFORMAT="$suite: $1 took %0R s; CPU time %0U s + %0S s"
    time "${@:2}"
}
inside() {
    chroot "$root" /usr/bin/env -i PATH=/usr/bin:/usr/sbin:/bin:/sbin HOME=/root LANG=C.UTF-8 "$@"
}

[[ -d $root/etc ]] ||
    timed "a bare system" mmdebstrap --quiet --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror"

# The certificates of this machine, where a network has its own
if compgen -G "/usr/local/share/ca-certificates/*.crt" >/dev/null; then
    cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
    inside update-ca-certificates >/dev/null
fi
cp --remove-destination /etc/resolv.conf "$root/etc/resolv.conf"
echo "127.0.0.1 localhost" >"$root/etc/hosts"  # which a container's engine writes, too
mkdir -p "$root/source/tools"
cp -r "$here/containers" "$root/source/"
cp "$here/tools/debian.sh" "$root/source/tools/"
cp "$wheel" "$root/source/"
for folder in proc sys dev; do
    mount --rbind "/$folder" "$root/$folder"
done

certificates=PIP_CERT=/etc/ssl/certs/ca-certificates.crt
start=$SECONDS
timed "the installation" inside $certificates /source/containers/install.sh "/source/$(basename "$wheel")"
installed=$((SECONDS - start))
timed "what a new user does" inside /source/containers/try.sh | tee "$root/try.log"
total=$((installed + $(sed -n 's/.*its page is there after \([0-9]*\) s$/\1/p' "$root/try.log")))
echo "$suite: from the wheel to the page of a run took $total s, of at most ${LIMIT:=600}"
((total <= LIMIT))
