# The Pulumi engine: found on PATH, found in the cache, or built into it. Sourced by scripts/pulumi and scripts/infra,
# which set `root` and `started` and have scripts/lib/say.sh.
# shellcheck shell=sh disable=SC2154

engine_version=3.259.0
vendor_page='https://www.pulumi.com/docs/install/'

# provide_engine: afterwards `pulumi` is the fitting CLI. The person's own comes first; only with ours is PATH changed,
# since our language host must not come before the vendor's.
provide_engine() {
    looked=''
    if own=$(pulumi_on_path); then
        PATH=$(dirname -- "$own"):$PATH
    elif engine_is_there || { engine_can_be_built && build_engine; }; then
        # The language host beside it runs with the checkout's environment.
        PATH=$(engine_folder):$root/.venv/bin:$PATH
    else
        [ -n "${looked_for_go-}" ] || give_up 'the Pulumi engine could not be built' "read $logs/engine.log; then run this again, or install Pulumi as its maker says: $vendor_page"
        give_up "no Pulumi CLI of version $engine_version or newer (3.x): $(pulumi_seen), and $looked_for_go" \
            "install it as its maker says ($vendor_page), or put Go $(wanted_go) or newer on PATH to have it built here; then run this again. Drills, evidence and reports work without"
    fi
    export PATH
}

# Whether provide_engine would come to an end with one; sets looked_for_go to why not.
engine_can_be_had() {
    pulumi_on_path >/dev/null || engine_is_there || engine_can_be_built
}

# The first `pulumi` on PATH that fits and is not this project's own script; prints its path.
pulumi_on_path() {
    old_ifs=$IFS
    IFS=:
    for folder in $PATH; do
        candidate=${folder:-.}/pulumi
        if [ -x "$candidate" ] && [ ! -d "$candidate" ] && ! is_ours "$candidate" && fits "$("$candidate" version 2>/dev/null)"; then
            IFS=$old_ifs
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    IFS=$old_ifs
    return 1
}

is_ours() {
    case $(dirname -- "$(readlink -f -- "$1")") in # a link to ours would ask itself for its version, for ever
        "$root/scripts" | "$(engine_folder)") return 0 ;;
        *) return 1 ;;
    esac
}

# fits v3.260.1: major version 3, not older than ours.
fits() {
    at_least 3 "${1#v}" "$engine_version" && ! at_least 3 "${1#v}" 4.0.0
}

# at_least PARTS HAVE WANTED: compares dotted numbers part by part; what is no number is too old.
at_least() {
    awk -v parts="$1" -v have="$2" -v wanted="$3" 'BEGIN {
        if (have !~ /^[0-9]+(\.[0-9]+)*/) exit 1
        split(have, h, "."); split(wanted, w, ".")
        for (i = 1; i <= parts; i++) if (h[i] + 0 != w[i] + 0) exit (h[i] + 0 < w[i] + 0)
        exit 0
    }'
}

# What is said of a CLI that does not fit.
pulumi_seen() {
    if seen=$(command -v pulumi) && ! is_ours "$seen"; then
        printf '%s is %s' "$seen" "$("$seen" version 2>/dev/null || echo 'of no version that it tells')"
    else
        printf 'none is on PATH'
    fi
}

# Where engines are kept: one folder for each version, only ever whole.
engine_cache() {
    case ${XDG_CACHE_HOME-} in
        /*) printf '%s\n' "$XDG_CACHE_HOME/stormproof/pulumi" ;;
        *) printf '%s\n' "${HOME:-/nonexistent}/.cache/stormproof/pulumi" ;;
    esac
}

engine_folder() {
    printf '%s/%s\n' "$(engine_cache)" "$engine_version"
}

engine_is_there() {
    [ -x "$(engine_folder)/pulumi" ]
}

wanted_go() {
    sed -n 's/^go //p' "$root/scripts/engine/go.mod"
}

# Sets looked_for_go to why not.
engine_can_be_built() {
    if ! go=$(command -v go); then
        looked_for_go='none can be built, since no Go is on PATH'
        return 1
    fi
    # Not from a folder with a go.mod: that would have an old Go fetch a newer one.
    has_go=$(cd / && GOTOOLCHAIN=local "$go" version 2>/dev/null | awk '{sub(/^go/, "", $3); print $3}')
    at_least 3 "$has_go" "$(wanted_go)" && return 0
    looked_for_go="none can be built, since $go is Go ${has_go:-of no version that it tells} and $(wanted_go) is asked for"
    return 1
}

# Build aside, try, rename: what lies in the cache under its version has answered. One build at a time.
build_engine() {
    logs=$(engine_cache)
    mkdir -p "$logs" 2>/dev/null && [ -w "$logs" ] || give_up "$logs cannot be written" \
        'set XDG_CACHE_HOME to a folder of your own with 4 GB of room; then run this again'
    if command -v flock >/dev/null; then
        exec 9>"$logs/lock"
        flock -n 9 || {
            say 'another build of the Pulumi engine is at work; waiting for it (at most 40 min)'
            flock -w 2400 9 || give_up 'the other build did not end within 40 min' "look for it with: fuser -v '$logs/lock'; then run this again"
        }
        engine_is_there && return 0
        # Nobody else builds: what lies here was left by a build that was killed.
        rm -rf "$logs"/building.*
    fi
    say "building the Pulumi engine $engine_version from its Go modules, once: some 6 min on two cores, 4 GB of disk meanwhile, 115 MB afterwards"
    aside=$(mktemp -d "$logs/building.XXXXXX")
    trap 'rm -rf "$aside"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
    # Where the machine can, a build ends with whoever asked for it, `kill -9` too.
    with_us=''
    ! command -v setpriv >/dev/null || with_us='setpriv --pdeathsig KILL'
    if logged engine 'fetching and compiling' $with_us sh "$root/scripts/engine/build" "$aside" "$engine_version" &&
        fits "$("$aside/engine/pulumi" version 2>/dev/null)"; then
        mv "$aside/engine" "$(engine_folder)" || engine_is_there
    fi
    rm -rf "$aside"
    trap - EXIT INT TERM HUP
    exec 9>&-
    engine_is_there && say "the Pulumi engine is in $(engine_folder)"
}
