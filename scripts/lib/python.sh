# The Python environment: .venv from requirements.lock, every file held against its hash. Sourced by scripts/setup, which
# sets wants_infra where what requirements-infra.lock adds is wanted too.
# shellcheck shell=sh disable=SC2154

venv=$root/.venv
stamp=$venv/stormproof-setup.stamp
infra_stamp=$venv/stormproof-setup-infra.stamp

digest() {
    if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi
}

# What the environment depends on: the lock, the package's metadata, and where the checkout lies (a venv cannot be moved).
wanted_stamp() {
    { printf '%s\n' "$root" && cat "$root/requirements.lock" "$root/pyproject.toml"; } | digest
}

wanted_infra_stamp() {
    { wanted_stamp && cat "$root/requirements-infra.lock"; } | digest
}

python_is_ready() {
    base_is_ready && { [ -z "${wants_infra-}" ] || infra_is_ready; }
}

base_is_ready() {
    [ -x "$venv/bin/stormproof" ] && [ -x "$venv/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(wanted_stamp)" ]
}

infra_is_ready() {
    [ "$(cat "$infra_stamp" 2>/dev/null)" = "$(wanted_infra_stamp)" ]
}

# The first Python on PATH that is new enough and can make an environment with pip in it.
find_python() {
    first_python_with 'venv, ensurepip'
}

first_python_with() {
    for name in python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
        command -v "$name" >/dev/null || continue
        "$name" -c "import sys, $1; sys.exit(sys.version_info < (3, 11))" 2>/dev/null || continue
        command -v "$name"
        return 0
    done
    return 1
}

# The packages to ask for when no Python will do. Debian keeps ensurepip in a package of its own.
python_packages() {
    python_is_ready || find_python >/dev/null || echo 'python3 python3-venv'
}

make_python_environment() {
    base_is_ready || make_base_environment
    [ -z "${wants_infra-}" ] || infra_is_ready || add_infra
}

# Beside what is there: both locks were made together, so that no version differs.
add_infra() {
    rm -f "$infra_stamp"
    logged python-infra 'installing what the infrastructure needs from requirements-infra.lock' \
        pip_install --require-hashes -r "$root/requirements.lock" -r "$root/requirements-infra.lock" ||
        give_up 'Python packages for the infrastructure could not be installed' \
            "read $logs/python-infra.log; is the package registry that pip is configured for within reach?; then run this again"
    rm -rf "$logs/tmp"
    wanted_infra_stamp >"$infra_stamp.new"
    mv "$infra_stamp.new" "$infra_stamp"
}

make_base_environment() {
    python=$(find_python || python_for_unpacked_pip) || give_up 'no Python 3.11 or newer that can make an environment (venv with ensurepip)' \
        'on Debian ask for: apt-get install python3 python3-venv; elsewhere put a newer python3 on PATH; then run this again'
    [ -w "$root" ] || give_up "$root may not be written by user $(id -un 2>/dev/null || id -u)" \
        'use a checkout of your own, or let its owner run scripts/setup once'
    rm -f "$stamp"
    # An environment that cannot run (moved, its Python gone) is made anew; a sound one is brought up to date in place.
    fresh=''
    "$venv/bin/python" -c 'import pip' 2>/dev/null && grep -qsF "$venv" "$venv/bin/pip" || fresh=--clear
    logged python "making .venv with $python" bare_environment "$python" $fresh ||
        give_up 'the Python environment could not be made' "read $logs/python.log; then run this again"
    logged python 'installing Python packages from requirements.lock' pip_install --require-hashes -r "$root/requirements.lock" ||
        give_up 'Python packages could not be installed' \
            "read $logs/python.log; is the package registry that pip is configured for within reach?; then run this again"
    logged python 'installing stormproof itself' pip_install --no-deps --no-build-isolation --editable "$root" ||
        give_up 'stormproof could not be installed into .venv' "read $logs/python.log; then run this again"
    # Compiled once here: a user who may not write below src, or who has Python's own cache switched off, starts fast too.
    "$venv/bin/python" -m compileall -q "$root/src" "$root/infra" "$root/runbooks" || :
    rm -rf "$logs/tmp"
    wanted_stamp >"$stamp.new"
    mv "$stamp.new" "$stamp"
}

# bare_environment PYTHON [--clear]: an environment with pip, which comes from unpacked wheels where Debian left it out.
bare_environment() {
    if "$1" -c 'import ensurepip' 2>/dev/null; then
        "$1" -m venv ${2-} "$venv"
    else
        "$1" -m venv --without-pip ${2-} "$venv" &&
            "$venv/bin/python" "$(unpacked_pip)/pip" --disable-pip-version-check install --quiet --no-index \
                --find-links "$(tools_folder)/usr/share/python-wheels" pip setuptools
    fi
}

# The wheel of pip in the unpacked package python3-pip-whl.
unpacked_pip() {
    for wheel in "$(tools_folder)"/usr/share/python-wheels/pip-*.whl; do
        [ -r "$wheel" ] && printf '%s\n' "$wheel" && return 0
    done
    return 1
}

python_for_unpacked_pip() {
    unpacked_pip >/dev/null && first_python_with venv
}

# With temporary files in our own folder: an editable build leaves one behind, and /tmp is not ours.
pip_install() {
    rm -rf "$logs/tmp"
    mkdir -p "$logs/tmp"
    TMPDIR="$logs/tmp" "$venv/bin/python" -m pip --disable-pip-version-check --no-input --retries 5 --timeout 60 install --progress-bar off "$@"
}
