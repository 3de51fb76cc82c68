# The lab's programs without root: Debian packages unpacked into a folder of the user's own. Sourced by scripts/setup.
# shellcheck shell=sh disable=SC2154

# As stormproof itself finds its state: $STORMPROOF_HOME, else below $XDG_STATE_HOME, which counts only when absolute.
tools_folder() {
    if [ -n "${STORMPROOF_HOME-}" ]; then
        case $STORMPROOF_HOME in
            /*) printf '%s\n' "$STORMPROOF_HOME/tools" ;;
            *) printf '%s\n' "$PWD/$STORMPROOF_HOME/tools" ;;
        esac
    else
        case ${XDG_STATE_HOME-} in
            /*) printf '%s\n' "$XDG_STATE_HOME/stormproof/tools" ;;
            *) [ -n "${HOME-}" ] && printf '%s\n' "$HOME/.local/state/stormproof/tools" ;;
        esac
    fi
}

# packages_not_unpacked "NAME NAME …": those that the folder does not have. Root has no use for it: root installs.
packages_not_unpacked() {
    have=' '
    stamp_file=$(tools_folder)/packages || :
    if [ -r "$stamp_file" ] && [ "$(id -u)" -ne 0 ]; then
        system=$(. /etc/os-release && printf '%s %s' "$ID" "$VERSION_ID")
        {
            read -r unpacked_for
            [ "$unpacked_for" != "$system $(uname -m)" ] || have=" $(tr '\n' ' ')"
        } <"$stamp_file"
    fi
    # shellcheck disable=SC2086  # a list of names
    set -- $1
    found=''
    for package; do
        case $have in
            *" $package "*) ;;
            *) printf '%s%s' "${found:+ }" "$package" && found=1 ;;
        esac
    done
}

# Packages that are neither installed nor unpacked.
lacking_packages() {
    nowhere=$(missing_packages "$1")
    [ -z "$nowhere" ] || packages_not_unpacked "$nowhere"
}

# unpack_packages "NAME …": what is missing on this machine, into the folder. May fail. Any Python will do for it: none
# of the libraries is needed.
unpack_packages() {
    [ -n "$(lacking_packages "$1")" ] || return 0
    [ "$(id -u)" -ne 0 ] && command -v apt-get >/dev/null && namespaces_work || return 0
    folder=$(tools_folder) || return 0
    if python_is_ready; then python=$venv/bin/python; else python=$(first_python_with fcntl) || return 0; fi
    # shellcheck disable=SC2046  # a list of names
    logged tools "unpacking them into $folder" \
        env PYTHONPATH="$root/src" "$python" -B -m stormproof.lab.toolbox "$folder" $(missing_packages "$1") || :
}
