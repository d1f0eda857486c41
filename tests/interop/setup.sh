#!/usr/bin/env bash
# Environments of the published packages, one for each list in environments/, under .venv-interop/.
# They need Python 3.12: the oldest that these packages take.
set -eu
uv=$(realpath "$1")
cd "$(dirname "$0")/../.."

runs_312() { [ "$("$1" -c 'import sys; print(*sys.version_info[:2])' 2>/dev/null)" = "3 12" ]; }

# A pyenv shim called python3.12 may stand on the path and still not run, so each is tried.
python=
for candidate in "${PYTHON312:-python3.12}" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.12*/bin/python; do
    if runs_312 "$candidate"; then python=$candidate && break; fi
done
if [ -z "$python" ]; then
    echo "The interoperability tests need Python 3.12. None was found on the path or in pyenv." >&2
    echo "Install one (pyenv install 3.12, or your system's package), or name it: PYTHON312=/path/to/python3.12" >&2
    exit 1
fi

for pins in tests/interop/environments/*.txt; do
    environment=.venv-interop/$(basename "$pins" .txt)
    [ -x "$environment/bin/python" ] || "$python" -m venv --without-pip "$environment"
    "$uv" pip sync -q --python "$environment/bin/python" "$pins"
done
