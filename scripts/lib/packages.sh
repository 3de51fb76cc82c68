# Debian's packages: which are missing, who may install them. Sourced by scripts/setup.
# shellcheck shell=sh disable=SC2154

# missing_packages "NAME NAME …": those that are not installed and configured. Nothing on a system without dpkg.
missing_packages() {
    command -v dpkg-query >/dev/null || return 0
    # shellcheck disable=SC2086  # a list of names
    set -- $1
    found=''
    installed=" $(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null | sed -n 's/^[ih]i *//p' | tr '\n' ' ')"
    for package; do
        case $installed in
            *" $package "*) ;;
            *) printf '%s%s' "${found:+ }" "$package" && found=1 ;;
        esac
    done
}

# A set-up that was killed together with its guard may have left its policy behind; then there is work for root too.
left_behind() {
    grep -qs 'Written by Stormproof' /usr/sbin/policy-rc.d
}

machine_has_packages() {
    [ -z "$(missing_packages "$1")" ] && ! left_behind
}

# How to become root: prints a command (nothing when we are root already), or fails.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        :
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        echo 'sudo -n'
    elif command -v sudo >/dev/null && [ -t 0 ] && [ -t 2 ]; then
        echo sudo
    else
        return 1
    fi
}

# install_packages "NAME …": install what is missing; without root say what to ask for, and let the caller go on.
install_packages() {
    missing=$(missing_packages "$1")
    [ -n "$missing" ] || left_behind || return 0
    # sudo asks here, where the terminal still shows it, and not inside a log.
    { become=$(as_root) && { [ "$become" != sudo ] || sudo -v; }; } || {
        [ -n "$missing" ] || return 0
        say 'these Debian packages are missing, and neither root nor sudo is to be had here. Please ask for:'
        say "    apt-get install --no-install-recommends $missing"
        say 'going on without them, and without root'
        return 0
    }
    say "Debian packages to install, without starting a service: ${missing:-none; tidying up after an earlier set-up}"
    # shellcheck disable=SC2086  # both are lists of words
    logged packages 'installing Debian packages' \
        $become sh "$root/scripts/lib/install-debian-packages" $missing ||
        give_up 'Debian packages could not be installed' \
            "read $logs/packages.log; when it names a held lock or a broken package, run 'dpkg --configure -a' as root; then run this again"
}
