# Progress and errors of the set-up: plain lines on standard error, with the seconds since its start.
# Sourced by scripts/setup, which sets `logs` and `started`.
# shellcheck shell=sh disable=SC2154

say() {
    printf 'set-up %4d s  %s\n' "$(($(date +%s) - started))" "$*" >&2
}

# give_up WHAT FIX: end with the exit code of a failed set-up.
give_up() {
    printf 'error SP680: %s\n  fix:   %s\n' "$1" "$2" >&2
    exit 69
}

# logged LOG WHAT COMMAND...: run COMMAND with its output in LOG; say every 10 s that it still runs; on failure show the
# end of the log and hand the status on. The command stays in the foreground, so that Ctrl-C and sudo's question reach it.
logged() {
    log=$logs/$1.log
    what=$2
    shift 2
    mkdir -p "$logs"
    say "$what"
    (
        trap 'kill "${nap-}" 2>/dev/null; exit 0' TERM
        while :; do
            # It must hold neither our standard error (a pipe behind us would not end) nor the lock.
            sleep 10 </dev/null >/dev/null 2>&1 &
            nap=$!
            wait "$nap"
            kill -0 $$ 2>/dev/null || exit 0
            say "  … $what: $(tail -n 1 "$log" 2>/dev/null | tr -d '\r' | cut -c 1-70)"
        done
    ) 9<&- &
    ticker=$!
    status=0
    "$@" >"$log" 2>&1 || status=$?
    kill "$ticker" 2>/dev/null || :
    wait "$ticker" 2>/dev/null || :
    [ "$status" -eq 0 ] || {
        say "failed with status $status: $what; the end of $log:"
        tail -n 20 "$log" | sed 's/^/    /' >&2
    }
    return "$status"
}
