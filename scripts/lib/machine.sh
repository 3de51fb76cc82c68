# Whether this machine can host the lab at all; if not, one clear message. Sourced by scripts/setup.
# shellcheck shell=sh disable=SC2154

# namespaces_work: as root, or as an ordinary user with a user namespace of their own.
namespaces_work() {
    unshare --net --mount --pid --fork true 2>/dev/null || unshare --user --map-root-user --net --mount --pid --fork true 2>/dev/null
}

why_no_namespaces() {
    if [ "$(cat /proc/sys/kernel/apparmor_restrict_unprivileged_userns 2>/dev/null)" = 1 ]; then
        echo 'AppArmor restricts user namespaces here (kernel.apparmor_restrict_unprivileged_userns=1)'
    elif [ "$(cat /proc/sys/kernel/unprivileged_userns_clone 2>/dev/null)" = 0 ]; then
        echo 'user namespaces are switched off here (kernel.unprivileged_userns_clone=0)'
    elif [ "$(cat /proc/sys/user/max_user_namespaces 2>/dev/null)" = 0 ]; then
        echo 'user namespaces are switched off here (user.max_user_namespaces=0)'
    else
        echo 'the kernel refused them (a container that withholds CAP_SYS_ADMIN or filters unshare, for example)'
    fi
}

why_not_unpacked() {
    if [ "$(id -u)" -eq 0 ]; then
        :
    elif ! command -v apt-get >/dev/null; then
        printf ', and there is no apt-get to fetch them with'
    elif ! tools_folder >/dev/null; then
        printf ', and there is no home folder to unpack them into (HOME or STORMPROOF_HOME)'
    else
        printf ', and they could not be unpacked without root (see %s)' "$logs/tools.log"
    fi
}

# no_lab WHY FIX: the one message, then exit 69.
no_lab() {
    cat >&2 <<END
error SP681: the lab cannot run on this machine: $1
  fix:   $2
  works all the same, from $root:
         .venv/bin/stormproof doctor               what this machine has and lacks
         .venv/bin/stormproof drill check          every mistake in the drills' specs
         .venv/bin/stormproof runbook plan|doc     the procedures, without touching anything
         .venv/bin/stormproof evidence verify      signed evidence, offline
         .venv/bin/pytest -m 'not component'       the tests that need no lab
END
    exit 69
}

machine_can_host_a_lab() {
    [ "$(uname -s)" = Linux ] || no_lab "it needs Linux, and this is $(uname -s)" \
        'use a Debian 12 machine, real or virtual'
    command -v dpkg-query >/dev/null || no_lab 'it is built from the packages of Debian 12, and this system has none' \
        'use a Debian 12 machine, real or virtual'
    # Where not even unshare is there, its package is what to ask for.
    ! command -v unshare >/dev/null || namespaces_work || no_lab "it needs network namespaces, as root or as an ordinary user, and $(why_no_namespaces)" \
        'run as root, or have an administrator allow user namespaces'
    still_missing=$(lacking_packages "$1")
    [ -z "$still_missing" ] || no_lab "Debian packages are missing: $still_missing$(why_not_unpacked)" \
        "ask for: apt-get install --no-install-recommends $still_missing"
}
