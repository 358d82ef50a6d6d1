#!/bin/sh
# Print the path of a Python that Trellis runs on, or say in one line what is missing. $PYTHON, if set, is tried alone.
works() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if works "$name"; then
        command -v "$name"
        exit 0
    fi
done
if command -v "${PYTHON:-python3}" >/dev/null 2>&1; then
    echo "Trellis needs Python 3.11 or newer; ${PYTHON:-python3} is $("${PYTHON:-python3}" -V 2>&1). Install a newer one, or name it: make PYTHON=/path/to/python" >&2
else
    echo "Trellis needs Python 3.11 or newer, and there is no ${PYTHON:-python3} here. Install it (Debian: apt-get install python3 python3-venv), then run make again." >&2
fi
exit 1
