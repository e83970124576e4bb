#!/bin/bash
# Make a virtual environment: tool/venv.sh FOLDER [PYTHON]. Says what to install where that cannot be done.
set -euo pipefail

folder=$1
wanted=${2:-}
seen=()
incomplete=

for python in ${wanted:-python3 python3.13 python3.12 python3.11}; do
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        seen+=("$python is $version")
    elif ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        incomplete=${incomplete:-$version}
    else
        # Without --clear, what a first attempt left behind would be kept.
        exec "$python" -m venv --clear "$folder"
    fi
done

{
    if [ -n "$incomplete" ]; then
        echo "Python $incomplete is here, but not its parts that make virtual environments (venv, ensurepip)."
        echo "Debian, Ubuntu: apt install python3-venv"
    else
        echo "Shopkeeper needs Python 3.11 or newer; ${seen[*]:-${wanted:-python3} was not found}."
        echo "Debian, Ubuntu: apt install python3 python3-venv    macOS: brew install python@3.13"
    fi
    echo "Or name an interpreter: make PYTHON=/path/to/python3.13 ..."
} >&2
exit 1
