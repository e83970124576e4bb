#!/bin/bash
# Make requirements.lock anew: tool/lock.sh [PYTHON]. Installs into an environment of its own, and writes down what came.
set -euo pipefail

cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tool/venv.sh "$folder/venv" "${1:-}"
pip="$folder/venv/bin/python -m pip --disable-pip-version-check"

# The comments and exact pins at the head are written by hand, and stay.
sed '/^# -- made by make lock/,$d' requirements.lock > "$folder/head"
grep -v '^#' "$folder/head" > "$folder/pins" || true
$pip install --quiet -c "$folder/pins" -e '.[dev]'
{
    cat "$folder/head"
    echo '# -- made by make lock; do not edit below'
    $pip freeze --exclude-editable | grep -v '^torch==' | LC_ALL=C sort -f
} > "$folder/lock"
mv "$folder/lock" requirements.lock
