#!/usr/bin/env bash
# Recordings for the demo: freedesktop.org's sound theme, from Debian. Without administrator's
# rights the package is unpacked into the virtual environment instead. Never fails: without the
# recordings, the demo leaves out one dataset and says so.
set -u
cd "$(dirname "$0")/.."

package=sound-theme-freedesktop
[ -d /usr/share/sounds/freedesktop/stereo ] && exit 0
[ -d .venv/share/sounds/freedesktop/stereo ] && exit 0
bash scripts/debian.sh "$package" 2>/dev/null && exit 0

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if (cd "$folder" && apt-get download -qq "$package" && dpkg-deb -x "$package"_*.deb .) 2>/dev/null; then
    mkdir -p .venv/share
    cp -r "$folder/usr/share/sounds" .venv/share/
else
    echo "No recordings here: the demo goes without its dataset of sounds (package $package)."
fi
