"""Every verb that there is: its words, arguments and example. Help, completion and the parser are made from this table.

Imports nothing heavy: `stormproof --help` reads all of it. What a verb does is named, and imported when it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REPORT_FORMATS = ("html", "junit", "json", "markdown", "openmetrics")
CHECK_FORMATS = ("table", "json", "junit", "sarif")
PROFILES = ("archive", "async", "stream")
SHELLS = ("bash", "zsh", "fish")
LAB_HOSTS = ("app-primary", "app-web", "vault", "recovery-1", "outside")

NOUNS: Mapping[str, str] = {
    "init": "make a starting project in a folder",
    "doctor": "what this machine can do, what is missing, how to get it",
    "version": "versions of stormproof and of every outside tool",
    "lab": "the embedded lab: real database, sshd and backup tools, kept apart",
    "runbook": "one recovery procedure",
    "drill": "rehearse a recovery, measure it, sign it",
    "reference": "what a source looked like at a backup",
    "evidence": "signed records of runs",
    "report": "a view of one run's evidence",
    "infra": "the declared infrastructure, and the rules that it is held against",
    "completion": "completion for your shell",
}


@dataclass(frozen=True)
class Argument:
    """One flag or positional argument. `complete` names what a shell may offer: drills, runbooks, runs, files, folders."""

    names: tuple[str, ...]
    help: str
    options: Mapping[str, Any] = field(default_factory=dict)
    complete: str = ""

    @property
    def is_flag(self) -> bool:
        return self.names[0].startswith("-")


@dataclass(frozen=True)
class Verb:
    """One thing to do. `handler` is module:function; `rest`: what comes after `--` belongs to it."""

    noun: str
    name: str
    summary: str
    handler: str
    example: str
    arguments: tuple[Argument, ...] = ()
    rest: bool = False
    more: str = ""

    @property
    def words(self) -> str:
        return f"{self.noun} {self.name}".strip()


def _flag(*names: str, help: str, complete: str = "", **options: Any) -> Argument:  # noqa: A002 - argparse's own word
    return Argument(names, help, options, complete)


EVERYWHERE = (
    _flag("--json", help="one JSON document on standard output, nothing else there", action="store_true"),
    _flag("-q", "--quiet", help="no progress and no messages; answers and errors stay", action="store_true"),
    _flag("--no-color", help="no colour (NO_COLOR does the same)", action="store_true", dest="no_color"),
    _flag(
        "-C",
        help="the project's folder; default: the nearest one upwards that has stormproof.toml",
        metavar="DIR",
        dest="project",
        complete="folders",
    ),
)

_INVENTORY = _flag(
    "--inventory", help="inventory to use: a file, or 'lab'", metavar="FILE", complete="files", dest="inventory"
)
_RUN = Argument(("run",), "the run's id, as status and history show it", {"metavar": "RUN"}, "runs")
_RUN_OR_NONE = Argument(("run",), "one run; default: all", {"metavar": "RUN", "nargs": "?"}, "runs")
_DRILLS = Argument(("names",), "drills; default: all of the project", {"metavar": "NAME", "nargs": "*"}, "drills")
_BOOK = Argument(("name",), "the runbook", {"metavar": "NAME"}, "runbooks")
_MODE = _flag("--mode", help="drill (default) or outage", choices=("drill", "outage"), default="drill")
_ENVIRONMENT = _flag("--environment", help="where it acts; default: the only isolated one", metavar="ENV")
_SERVICE = _flag("--service", help="what it recovers; default: the only service of its kind", metavar="SERVICE")
_PARAMETER = _flag(
    "--parameter", help="a parameter of the runbook; may be repeated", metavar="KEY=VALUE", action="append", default=[]
)
_KEY = _flag(
    "--key", help="public key (PEM); may be repeated", metavar="PUBLIC", action="append", default=[], complete="files"
)

VERBS: tuple[Verb, ...] = (
    Verb(
        "init",
        "",
        "write a starting project: settings, inventory, runbooks, drills, a workflow for CI",
        "init:run",
        "stormproof init my-recovery && cd my-recovery && stormproof drill run shop-latest",
        (Argument(("folder",), "default: this one", {"metavar": "DIR", "nargs": "?", "default": "."}, "folders"),),
        more="Writes nothing over: it stops before the first file when any of them is there.",
    ),
    Verb(
        "doctor",
        "",
        "what this machine can do: isolation level, tools, what is missing and how to get it",
        "doctor:run",
        "stormproof doctor",
        more="Ends with 0 when the lab can run here, with 69 when it cannot.",
    ),
    Verb("version", "", "versions of stormproof and of every outside tool found", "version:run", "stormproof version --json"),
    Verb(
        "lab",
        "up",
        "bring the lab up, with data, load and a first backup",
        "lab:up",
        "stormproof lab up --profile stream --size 300",
        (
            _flag("--profile", help="how WAL reaches the vault: archive, async or stream (default)", choices=PROFILES),
            _flag("--size", help="size of the shop's data in MB, when it is made (default 300)", metavar="MB"),
            _flag("--rate", help="transactions a second (default 20)", metavar="TPS"),
            _flag("--synchronous", help="profile stream: a commit waits for the vault", action="store_true", default=None),
        ),
    ),
    Verb("lab", "status", "what of the lab is up", "lab:status", "stormproof lab status"),
    Verb("lab", "down", "end the lab's processes; its data stays for the next `up`", "lab:down", "stormproof lab down"),
    Verb("lab", "destroy", "end the lab and remove all its files", "lab:destroy", "stormproof lab destroy"),
    Verb(
        "lab",
        "shell",
        "run a command, or a shell, on a host of the lab as the database's user",
        "lab:shell",
        "stormproof lab shell app-primary -- psql shop -c 'select count(*) from orders'",
        (Argument(("host",), f"one of {', '.join(LAB_HOSTS)}", {"metavar": "HOST", "choices": LAB_HOSTS}, "hosts"),),
        rest=True,
        more="Hands the command's exit status on.",
    ),
    Verb("runbook", "list", "the project's runbooks", "runbook:list_books", "stormproof runbook list"),
    Verb(
        "runbook",
        "plan",
        "every step, what it would touch, and the expected critical path; touches nothing",
        "runbook:plan",
        "stormproof runbook plan restore_shop",
        (_BOOK, _ENVIRONMENT, _SERVICE, _MODE, _PARAMETER, _INVENTORY),
    ),
    Verb(
        "runbook",
        "doc",
        "the operator's page, from the same source",
        "runbook:doc",
        "stormproof runbook doc restore_shop --format html -o restore_shop.html",
        (
            _BOOK,
            _flag("--format", help="markdown (default) or html", choices=("markdown", "html"), default="markdown"),
            _flag("-o", help="write there instead of standard output", metavar="FILE", dest="output", complete="files"),
        ),
    ),
    Verb(
        "runbook",
        "run",
        "recover: run the procedure in an environment",
        "runbook_run:run",
        "stormproof runbook run restore_shop --environment recovery --service shop",
        (_BOOK, _ENVIRONMENT, _SERVICE, _MODE, _PARAMETER, _INVENTORY),
    ),
    Verb(
        "runbook", "resume", "go on with a run that was interrupted", "runbook_run:resume",
        "stormproof runbook resume 20261123T041500Z-7f3a",
        (
            _RUN,
            _INVENTORY,
            Argument(
                ("--happened",), "a step that you looked at and that was done before the crash; may be repeated",
                {"metavar": "STEP", "action": "append", "default": []},
            ),
            Argument(
                ("--again",), "a step that you looked at and that is to be done again; may be repeated",
                {"metavar": "STEP", "action": "append", "default": []},
            ),
        ),
    ),
    Verb("runbook", "status", "runs and where each stands", "runbook_run:status", "stormproof runbook status", (_RUN_OR_NONE,)),
    Verb(
        "runbook", "cancel", "ask a run to stop and undo what it did", "runbook_run:cancel",
        "stormproof runbook cancel 20261123T041500Z-7f3a", (_RUN,),
    ),
    Verb("drill", "list", "the project's drills", "drill:list_drills", "stormproof drill list"),
    Verb(
        "drill",
        "check",
        "every mistake in drills, inventory and runbooks, with file, line and fix; touches nothing",
        "drill:check",
        "stormproof drill check",
        (_DRILLS, _INVENTORY),
    ),
    Verb(
        "drill",
        "plan",
        "what a drill would do and whether it can meet its RTO; touches nothing",
        "drill:plan",
        "stormproof drill plan shop-latest",
        (Argument(("names",), "drills", {"metavar": "NAME", "nargs": "+"}, "drills"), _INVENTORY),
    ),
    Verb(
        "drill",
        "run",
        "restore into the isolated environment, measure, check, sign, clean up",
        "drill_run:run",
        "stormproof drill run shop-latest shop-pitr --json",
        (
            Argument(("names",), "drills", {"metavar": "NAME", "nargs": "+"}, "drills"),
            _flag("--keep", help="leave the environment up and say how to look into it", action="store_true"),
            _flag(
                "--negative-control",
                help="seed this fault, several with commas, or 'all', and demand that it is noticed",
                metavar="NAME",
                dest="negative_control",
            ),
            _flag(
                "--targets-from",
                help="YAML or JSON file with rto, rpo and rpo_consistent, instead of the drill's own",
                metavar="FILE",
                dest="targets_from",
                complete="files",
            ),
            _flag(
                "--apply", help="with other switches of speed than the service's own: defaults, tls, processes=N, …",
                metavar="REMEDY", action="append", default=[],
            ),
            _INVENTORY,
        ),
    ),
    Verb(
        "drill", "resume", "go on with a drill whose runner died; isolation is proved anew", "drill_run:resume",
        "stormproof drill resume 20261123T041500Z-7f3a", (_RUN, _INVENTORY),
    ),
    Verb("drill", "status", "drills that ran or run, and where each stands", "drill_status:status", "stormproof drill status", (_RUN_OR_NONE,)),
    Verb(
        "drill",
        "history",
        "figures of past runs, and what changed since the last",
        "drill_history:history",
        "stormproof drill history shop-latest",
        (Argument(("name",), "one drill; default: all", {"metavar": "NAME", "nargs": "?"}, "drills"),),
    ),
    Verb(
        "drill",
        "compare",
        "two runs side by side; or a drill without and with a remedy, run by turns",
        "drill_compare:compare",
        "stormproof drill compare shop-latest --apply tls --rounds 3",
        (
            Argument(("a",), "the older run, or its evidence file; with --apply the drill's name", {"metavar": "A"}, "runs"),
            Argument(("b",), "the newer run, or its evidence file", {"metavar": "B", "nargs": "?"}, "runs"),
            _flag(
                "--apply",
                help="run it without and with this remedy: tls, prefetch, processes=N, fresher-backup, compression=lz4, defaults, …",
                metavar="REMEDY", action="append", default=[],
            ),
            _flag("--rounds", help="with --apply: how often each way is run (default 3)", metavar="N", type=int),
            _flag(
                "--from", help="with --apply: begin from this procedure instead of the service's own", metavar="PROCEDURE",
                choices=("defaults", "ssh", "tls"), dest="from_procedure",
            ),
        ),
    ),
    Verb(
        "drill", "sweep", "remove what a killed drill left, and nothing that is not a run's", "drill_run:sweep",
        "stormproof drill sweep", (_RUN_OR_NONE, _INVENTORY),
    ),
    Verb(
        "reference",
        "capture",
        "write down beside a backup what its source looks like, for drills to compare with",
        "reference:capture",
        "stormproof reference capture orders-db --label 20261123-040000F",
        (
            Argument(("service",), "a stored service, or an application of several", {"metavar": "SERVICE"}),
            _flag("--label", help="the backup's label, as `pgbackrest info` shows it", metavar="LABEL", required=True),
            _flag("--replace", help="write over the reference that this backup has", action="store_true"),
            _INVENTORY,
        ),
        more="Reads production, writes one file at the vault (references/SERVICE/LABEL.json), and nothing else. Run it\n"
        "right after each backup of a database, and right before each snapshot of files.",
    ),
    Verb(
        "evidence",
        "keygen",
        "make the signing key (mode 0600) and its public half",
        "evidence:keygen",
        "stormproof evidence keygen",
    ),
    Verb("evidence", "list", "signed records of this project", "evidence:list_records", "stormproof evidence list"),
    Verb(
        "evidence", "show", "what one record says, after verifying it", "evidence:show",
        "stormproof evidence show 20261123T041500Z-7f3a",
        (Argument(("run",), "a run's id, or an evidence file", {"metavar": "RUN"}, "runs"), _KEY),
    ),
    Verb(
        "evidence",
        "verify",
        "does every signature and the chain hold; needs the public key alone",
        "evidence:verify",
        "stormproof evidence verify evidence/*.dsse.json --key evidence.pub --anchor 3b1f…",
        (
            Argument(("files",), "files or folders; default: the project's", {"metavar": "FILE", "nargs": "*"}, "files"),
            _KEY,
            _flag("--anchor", help="SHA-256 of the newest record, kept elsewhere", metavar="DIGEST"),
        ),
        more="Needs no project, no network and no database when FILE and --key are given.",
    ),
    Verb(
        "evidence",
        "export",
        "copy records and the public key into a folder, for an auditor",
        "evidence:export",
        "stormproof evidence export handover/",
        (Argument(("folder",), "a folder that is not there yet", {"metavar": "DIR"}, "folders"),),
    ),
    Verb(
        "report",
        "",
        "a view of one run's signed evidence; says on top when it does not verify",
        "report:run",
        "stormproof report 20261123T041500Z-7f3a --format html -o report.html",
        (
            Argument(("run",), "a run's id, 'latest', or an evidence file", {"metavar": "RUN"}, "runs"),
            _flag("--format", help="one of: " + ", ".join(REPORT_FORMATS), choices=REPORT_FORMATS, default="html"),
            _flag("-o", help="write there instead of standard output", metavar="FILE", dest="output", complete="files"),
            _KEY,
        ),
    ),
    Verb(
        "infra",
        "check",
        "ask the rules about a declared program: a preview, or a stack's exported state",
        "infra:check",
        "pulumi preview --json | stormproof infra check --preview -",
        (
            _flag("--preview", help="`pulumi preview --json`; - for standard input", metavar="FILE", complete="files"),
            _flag("--state", help="`pulumi stack export`; - for standard input", metavar="FILE", complete="files"),
            _flag("--layer", help="also ask what concerns this layer, whatever the program declares", metavar="LAYER"),
            _flag("--exceptions", help="default: infra/policy/exceptions.yaml", metavar="FILE", complete="files"),
            _flag("--format", help="table (default), json, junit or sarif", choices=CHECK_FORMATS, default="table"),
            _flag("-o", help="write there instead of standard output", metavar="FILE", dest="output", complete="files"),
        ),
        more="Ends with 0 when nothing refuses, 3 when a rule failed or an exception is over, 4 when something could not\n"
        "be known. Works on programs of any style; docs/infra.md names the tags that rules read.",
    ),
    Verb("infra", "rules", "every rule, what it proves and why", "infra:rules", "stormproof infra rules"),
    Verb(
        "infra",
        "costs",
        "what the switches of a stack cost a month, what each buys, and the cheaper fallback; offline",
        "infra_costs:run",
        "stormproof infra costs --stack prod-primary",
        (
            _flag("--stack", help="one stack of the project; default: all, added up", metavar="NAME"),
            _flag("--config", help="a stack's file, wherever it lies", metavar="FILE", complete="files"),
        ),
    ),
    Verb(
        "infra",
        "inventory",
        "pull: keep a dated local copy of what the stacks give out; show: how old it is, and what it says",
        "infra_inventory:run",
        "stormproof infra inventory pull && stormproof infra inventory show --max-age 7d",
        (
            Argument(("action",), "pull or show", {"metavar": "pull|show", "choices": ("pull", "show")}),
            _flag("--stack", help="one stack; default: those of the layers primary, recovery and vault", metavar="NAME"),
            _flag(
                "--from", help="pull: `pulumi stack output --json` as a file; - for standard input", metavar="FILE",
                dest="source", complete="files",
            ),
            _flag("--max-age", help="show: an older copy ends with 4", metavar="DURATION", dest="max_age"),
        ),
        more="In an outage the state may be out of reach. A pull that fails leaves the last copy as it is, ends with 4 and\n"
        "says how old that copy is. Copies hold no secrets: an output that is marked secret is refused.",
    ),
    Verb(
        "completion",
        "",
        "print completion for a shell",
        "completion:run",
        'eval "$(stormproof completion bash)"',
        (Argument(("shell",), "bash, zsh or fish", {"metavar": "SHELL", "choices": SHELLS}),),
    ),
)  # fmt: skip


def verbs_of(noun: str) -> list[Verb]:
    return [verb for verb in VERBS if verb.noun == noun]
