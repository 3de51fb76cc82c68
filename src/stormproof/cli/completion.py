"""`completion bash|zsh|fish`: scripts made from the table of verbs, so that they cannot lag behind it."""

from __future__ import annotations

from stormproof.cli.call import Call
from stormproof.cli.verbs import EVERYWHERE, NOUNS, VERBS, Verb, verbs_of


def run(call: Call) -> int:
    script = {"bash": bash, "zsh": zsh, "fish": fish}[call.args.shell]()
    call.out.answer({"schema": "stormproof.completion/v1", "shell": call.args.shell, "script": script}, script)
    return 0


def bash() -> str:
    """Completes nouns, verbs, flags, their choices, and names of drills and runbooks by looking into the folders."""
    cases = [f'    "{verb.words}") words="{" ".join(_words(verb))}"; names="{_dynamic(verb)}" ;;' for verb in VERBS]
    verbs = "\n".join(
        f'    {noun}) words="{" ".join(v.name for v in verbs_of(noun))}" ;;' for noun in NOUNS if verbs_of(noun)[0].name
    )
    return f"""\
# bash completion for stormproof; load it with: eval "$(stormproof completion bash)"
_stormproof_names() {{
    local folder=$PWD
    while [ "$folder" != / ] && [ ! -e "$folder/stormproof.toml" ]; do folder=$(dirname "$folder"); done
    case $1 in
    drills) (cd "$folder/drills" 2>/dev/null && for f in *.yaml; do [ -e "$f" ] && echo "${{f%.yaml}}"; done) ;;
    runbooks) (cd "$folder/runbooks" 2>/dev/null && for f in *.py; do [ -e "$f" ] && echo "${{f%.py}}"; done) ;;
    esac
}}
_stormproof() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} word i skip="" noun="" verb="" words="" names=""
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${{COMP_WORDS[i]}}
        if [ -n "$skip" ]; then skip=""; continue; fi
        case $word in
        -C) skip=1 ;;
        --) return ;;
        -*) ;;
        *) if [ -z "$noun" ]; then noun=$word; elif [ -z "$verb" ]; then verb=$word; fi ;;
        esac
    done
    case $prev in
{_bash_choices()}
    -C) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    esac
    case $noun in
    "") words="{" ".join(NOUNS)} {" ".join(_everywhere())}" ;;
{verbs}
    esac
    case "$noun${{verb:+ $verb}}" in
{chr(10).join(cases)}
    esac
    case "$noun" in {"|".join(noun for noun in NOUNS if not verbs_of(noun)[0].name)})
        case $noun in
{chr(10).join("    " + case for case, verb in zip(cases, VERBS, strict=True) if not verb.name)}
        esac ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words $(for n in $names; do _stormproof_names "$n"; done)" -- "$cur")
    case " $names " in *" files "*) mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen -f -- "$cur") ;; esac
    case " $names " in *" folders "*) mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen -d -- "$cur") ;; esac
}}
complete -F _stormproof stormproof
"""


def zsh() -> str:
    """zsh runs bash's completion through its own compatibility layer."""
    return "#compdef stormproof\nautoload -U +X bashcompinit && bashcompinit\n" + bash()


def fish() -> str:
    lines = ["# fish completion for stormproof; load it with: stormproof completion fish | source"]
    nouns = " ".join(NOUNS)
    no_noun = f"not __fish_seen_subcommand_from {nouns}"
    for noun, about in NOUNS.items():
        lines.append(f"complete -c stormproof -f -n '{no_noun}' -a {noun} -d {_quoted(about)}")
    for verb in VERBS:
        seen = f"__fish_seen_subcommand_from {verb.noun}"
        if verb.name:
            others = " ".join(other.name for other in verbs_of(verb.noun))
            none = f"{seen}; and not __fish_seen_subcommand_from {others}"
            lines.append(f"complete -c stormproof -f -n '{none}' -a {verb.name} -d {_quoted(verb.summary)}")
            seen += f"; and __fish_seen_subcommand_from {verb.name}"
        for argument in verb.arguments:
            choices = " ".join(argument.options.get("choices", ()))
            if argument.is_flag:
                takes = "" if argument.options.get("action") == "store_true" else " -r"
                offered = f" -f -a '{choices}'" if choices else ""
                name = argument.names[-1].lstrip("-")
                kind = "-l" if argument.names[-1].startswith("--") else "-s"
                lines.append(
                    f"complete -c stormproof -n '{seen}' {kind} {name}{takes}{offered} -d {_quoted(argument.help)}"
                )
            elif argument.complete in ("drills", "runbooks"):
                suffix = ".yaml" if argument.complete == "drills" else ".py"
                lines.append(
                    f"complete -c stormproof -f -n '{seen}' "
                    f"-a '(path basename -E {argument.complete}/*{suffix} 2>/dev/null)'"
                )
            elif choices:
                lines.append(f"complete -c stormproof -f -n '{seen}' -a '{choices}'")
    for argument in EVERYWHERE:
        kind = "-l" if argument.names[-1].startswith("--") else "-s"
        lines.append(f"complete -c stormproof {kind} {argument.names[-1].lstrip('-')} -d {_quoted(argument.help)}")
    return "\n".join(lines) + "\n"


def _everywhere() -> list[str]:
    return [name for argument in EVERYWHERE for name in argument.names] + ["--help"]


def _words(verb: Verb) -> list[str]:
    """Flags, and choices of positional arguments."""
    flags = [name for argument in verb.arguments if argument.is_flag for name in argument.names]
    fixed = [c for argument in verb.arguments if not argument.is_flag for c in argument.options.get("choices", ())]
    return [*fixed, *flags, *_everywhere()]


def _dynamic(verb: Verb) -> str:
    return " ".join(a.complete for a in verb.arguments if not a.is_flag and a.complete)


def _bash_choices() -> str:
    seen: dict[str, list[str]] = {}
    for verb in VERBS:
        for argument in verb.arguments:
            for choice in argument.options.get("choices", ()) if argument.is_flag else ():
                known = seen.setdefault(argument.names[-1], [])
                if choice not in known:
                    known.append(choice)
    return "\n".join(
        f'    {flag}) mapfile -t COMPREPLY < <(compgen -W "{" ".join(choices)}" -- "$cur"); return ;;'
        for flag, choices in seen.items()
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
