#!/bin/sh
# Make a virtual environment with the first Python that is new enough: make_venv.sh FOLDER
set -u

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

for python in "${BASE_PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11 python; do
    if "$python" -c "$new_enough" 2>/dev/null; then
        if "$python" -m venv "$1"; then
            exit 0
        fi
        echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
done

found=$(python3 --version 2>/dev/null || echo none)
echo "Assay needs Python 3.11 or newer (found: $found)." >&2
echo "Install it, or name it: make run BASE_PYTHON=/path/to/python3.11" >&2
exit 1
