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
# No system Node, but what postBuild and the kernels themselves call.
for program in bash sh env git tar gzip uname dirname readlink; do
    ln -s "$(command -v $program)" "$folder/programs/$program"
done
export HOME="$folder/home" PATH="$folder/venv/bin:$folder/programs:/usr/sbin:/sbin"
command -v node && { echo "there is a Node on the path, which Binder does not have" >&2; exit 1; }
unset PYTHONPATH XDG_CACHE_HOME XDG_DATA_HOME XDG_CONFIG_HOME ATDATA_NB_HOME ATDATA_NB_SKIP_BUNDLE
time pip install -q --no-cache-dir -r binder/requirements.txt
time bash binder/postBuild
cd notebooks
for notebook in *.ipynb; do
    echo "$notebook"
    time jupyter nbconvert --log-level=WARN --to notebook --execute --output-dir "$folder/done" "$notebook"
done
