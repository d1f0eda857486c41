#!/usr/bin/env bash
# Builds Binder's environment from binder/ alone, as repo2docker does, in a new virtual environment
# and a new home without Node, and runs the tour in it.
# usage: check_binder.sh PYTHON
set -eu
python=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git archive HEAD | tar -x -C "$folder" --one-top-level=repository
cd "$folder/repository"
mkdir "$folder/home" "$folder/programs"
"$python" -m venv "$folder/venv"
# All of the system's programs but Node, which Binder's image does not have.
find /usr/bin /usr/local/bin -maxdepth 1 ! -type d ! -name node ! -name 'np[mx]' -exec ln -sft "$folder/programs" {} +
export HOME="$folder/home" PATH="$folder/venv/bin:$folder/programs:/usr/sbin:/sbin"
! command -v node
unset PYTHONPATH XDG_CACHE_HOME XDG_DATA_HOME XDG_CONFIG_HOME ATDATA_NB_HOME ATDATA_NB_SKIP_BUNDLE
time pip install -q --no-cache-dir -r binder/requirements.txt
time bash binder/postBuild
cd notebooks
for notebook in *.ipynb; do
    echo "$notebook"
    time jupyter nbconvert --log-level=WARN --to notebook --execute --output-dir "$folder/done" "$notebook"
done
