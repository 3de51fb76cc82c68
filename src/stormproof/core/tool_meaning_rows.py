"""The table of tool_meaning.py. The first row that fits counts, so what is narrower stands before what is wider.

Seen with pgBackRest 2.45, restic 0.14 and PostgreSQL 15; each row has a sample of the tool's own words in
tests/unit/core/tool_samples. Numbers are pgBackRest's error codes; restic 0.14 has one status for everything, so its text decides; a
server's log has no status. `room:` lines are ours: a restore script that failed says what was free then, since neither
tool tells a full disk from one without inodes (pgBackRest 2.45 does not even say "no space left").
"""

from __future__ import annotations

from stormproof.core.tool_meaning import Tool, ToolMeaning

_P, _R, _S = Tool.PGBACKREST, Tool.RESTIC, Tool.POSTGRES
_NO_INODES = r"^room: \d+ bytes and \d{1,2} inodes"  # a tool that gives up takes a few files with it
_NO_BYTES = r"^room: \d{1,6} bytes and"  # less than one megabyte
_FREE = "free space there, or give it a larger disk"
_INODES = "remove small files there, or give it a file system with more inodes (`df -i`)"
_OLDER = "restore an older point meanwhile; run `pgbackrest verify` on the vault to see how much is hurt"
_OLDER_SNAPSHOT = "restore an older snapshot meanwhile; run `restic check --read-data` to see how much is hurt"
_PASSPHRASE = "compare the passphrase in the place that secrets come from with the one the repository was made with"  # noqa: S105 - words about one
_WAL_OF_BACKUP = "restore an older point; run `pgbackrest check` and `verify` on the vault"
_HOST_KEY = "find out why before anything else; if the vault was rebuilt, pin its new key on the recovery host"
_KEY = "put the public half of the recovery host's key into the vault's authorized_keys, for the commands it needs"
_REACH = "is the vault up, and is its port 22 open to the recovery host?"
_TLS_REACH = (
    "is pgBackRest's TLS server up at the vault, its port open? go over ssh meanwhile: --parameter procedure=ssh"
)

MEANINGS: tuple[ToolMeaning, ...] = (
    # pgBackRest. Room first: a full disk shows as 41, 47 or 64, with or without its reason.
    ToolMeaning("pgbackrest-inodes", _P, "SP285", "the recovery host has no inodes left", _INODES, text=_NO_INODES),
    ToolMeaning("pgbackrest-disk-full", _P, "SP284", "the disk of the recovery host is full", _FREE,
                text=rf"{_NO_BYTES}|No space left on device"),
    ToolMeaning("pgbackrest-crash", _P, "SP283",
                "pgBackRest crashed, as 2.45 does when the passphrase is wrong", _PASSPHRASE, (132, 134, 135, 139, -1)),
    ToolMeaning("pgbackrest-key-in-config", _P, "SP283", "what was decrypted is no configuration: the passphrase is wrong",
                _PASSPHRASE, (29, 75, 99, 104), "key/value found outside of section"),
    # The way over TLS: what its server shows and refuses. Before 95, which is a damaged file where nothing more is said.
    ToolMeaning("pgbackrest-tls-stranger", _P, "SP291", "the vault's TLS server is not the one that the recovery host trusts",
                "find out why before anything else; if its certificate was renewed, compare `tls.ca` on the recovery host",
                (95, 99, 102), "unable to (?:verify certificate|find hostname)|certificate presented by"),
    ToolMeaning("pgbackrest-tls-refused", _P, "SP290", "the vault's TLS server refused the recovery host's certificate",
                "is it of the server's authority, not expired, and in `tls-server-auth` for this stanza?",
                (99, 101, 105), r"tls.* alert |access denied"),
    ToolMeaning("pgbackrest-tls-unreachable", _P, "SP289", "no connection from the recovery host to the vault's TLS server",
                _TLS_REACH, (49, 99), "unable to connect to '", transient=True),
    ToolMeaning("pgbackrest-tls-broken", _P, "SP288", "the TLS connection to the vault broke while data came over it",
                "is pgBackRest's TLS server up? what came over already is kept when it is tried again", (99, 101),
                r"TLS error \[|TLS syscall error|timeout after \d+ms waiting for read", transient=True),
    ToolMeaning("pgbackrest-checksum", _P, "SP286", "a file of the backup is damaged in the vault", _OLDER, (26,)),
    ToolMeaning("pgbackrest-format", _P, "SP286", "a file of the backup is damaged in the vault", _OLDER, (29, 95)),
    ToolMeaning("pgbackrest-file-missing", _P, "SP287", "a file of the backup is missing in the vault", _OLDER, (55,)),
    ToolMeaning("pgbackrest-stanza-option", _P, "SP211", "the stanza is not configured on this host",
                "check `stanza` in the inventory and /etc/pgbackrest on the host", (37,)),
    ToolMeaning("pgbackrest-stanza-missing", _P, "SP211", "the vault holds no such stanza",
                "is it the right repository? compare `stanza` in the inventory with the folders in the repository",
                (75, 99), r"FileMissingError.*backup\.info|missing stanza (?:path|data)"),
    ToolMeaning("pgbackrest-repository-unreadable", _P, "SP211", "the repository cannot be read by the vault's user",
                "let the vault's user read it: a restore as another user may have changed owners there",
                (75, 99), r"Error.*backup\.info.*Permission denied"),
    ToolMeaning("pgbackrest-server-runs", _P, "SP292", "a server runs, or seems to, where the restore should go",
                "restores go into a folder of their own run: find out what wrote there", (38,)),
    ToolMeaning("pgbackrest-not-empty", _P, "SP292", "the folder that the restore should go to is not empty",
                "restores go into a folder of their own run: find out what wrote there", (40,)),
    ToolMeaning("pgbackrest-not-writable", _P, "SP292", "the folder that the restore should go to cannot be written",
                "let the host's user own its work folder", (41, 47, 53, 64, 73),
                r"Permission denied$|Read-only file system"),
    ToolMeaning("pgbackrest-not-owned", _P, "SP292", "the folder that the restore should go to belongs to somebody else",
                "let the host's user own its work folder", (53,)),
    ToolMeaning("pgbackrest-write", _P, "SP292", "a file could not be written on the recovery host",
                "look at its disk, its quota and its log", (47, 64)),
    ToolMeaning("pgbackrest-no-backup-in-time", _P, "SP293", "no backup ended before the target instant",
                "choose a later instant, or look at the retention", (75,), "stop time less than"),
    ToolMeaning("pgbackrest-set-gone", _P, "SP293", "the chosen backup is not in the repository any more",
                "choose another point; look at the retention", (75,)),
    ToolMeaning("pgbackrest-terminated", _P, "SP213", "the restore was ended by a signal",
                "find out who ended it (the host's shutdown?), then resume the run: what came over already is kept", (63,)),
    # Its way to the vault. The same texts come with 125, with 102, and inside the answer of `info`, which ends with 0 (here 99).
    ToolMeaning("pgbackrest-host-key", _P, "SP291", "the vault shows a host key that the recovery host does not know",
                _HOST_KEY, (99, 102, 125), "Host key verification failed"),
    ToolMeaning("pgbackrest-key-refused", _P, "SP290", "the vault refused the recovery host's key", _KEY,
                (99, 102, 125), r"Permission denied \("),
    ToolMeaning("pgbackrest-gate-refused", _P, "SP290", "the vault's gate refused what pgBackRest asked for", _KEY,
                (99, 102, 125), r"terminated unexpectedly \[77\]"),
    ToolMeaning("pgbackrest-protocol", _P, "SP288", "the connection to the vault broke while data came over it",
                "is the vault's sshd up? what came over already is kept when it is tried again", (39, 66), transient=True),
    ToolMeaning("pgbackrest-session-killed", _P, "SP288", "the connection to the vault broke while data came over it",
                "is the vault's sshd up? what came over already is kept when it is tried again", (99, 102, 125),
                r"on signal|client state is|unexpected eof|timeout after|connection reset|broken pipe", transient=True),
    ToolMeaning("pgbackrest-unreachable", _P, "SP289", "no connection from the recovery host to the vault", _REACH,
                (99, 125), r"ssh: connect to host|Could not resolve|Connection (?:closed|timed out|refused)",
                transient=True),
    ToolMeaning("pgbackrest-remote", _P, "SP289", "no connection from the recovery host to the vault", _REACH, (125,),
                transient=True),
    # restic: the cause is often said once, before hundreds of lines that follow from it.
    ToolMeaning("restic-wrong-password", _R, "SP283", "the passphrase of the files' repository is wrong", _PASSPHRASE,
                text="wrong password or no key found"),
    ToolMeaning("restic-inodes", _R, "SP285", "the recovery host has no inodes left", _INODES, text=_NO_INODES),
    ToolMeaning("restic-disk-full", _R, "SP284", "the disk of the recovery host is full", _FREE,
                text=rf"{_NO_BYTES}|no space left on device"),
    ToolMeaning("restic-pack-flipped", _R, "SP286", "a pack of the files' repository is damaged", _OLDER_SNAPSHOT,
                text="ciphertext verification failed|Pack ID does not match"),
    ToolMeaning("restic-index-flipped", _R, "SP286", "a file of the files' repository is damaged", _OLDER_SNAPSHOT,
                text="invalid data returned"),
    ToolMeaning("restic-repository-missing", _R, "SP287", "there is no repository at that place in the vault",
                "compare `repository` in the inventory with what is there", text="unable to open config file"),
    ToolMeaning("restic-pack-missing", _R, "SP287", "a file of the files' repository is missing", _OLDER_SNAPSHOT,
                text=r"^Load\(.*(?:does not exist|no such file)"),
    ToolMeaning("restic-path-not-in-snapshot", _R, "SP299", "the snapshot does not hold what should come back",
                "compare `path` in the inventory with what the backup job saves; choose another snapshot",
                text="^stormproof: not in the snapshot"),
    ToolMeaning("restic-no-snapshot", _R, "SP293", "the chosen snapshot is not in the repository any more",
                "choose another point; look at the retention", text="no matching ID found"),
    ToolMeaning("restic-unknown-host", _R, "SP291", "the vault shows a host key that the recovery host does not know",
                _HOST_KEY, text="host key is known|Host key verification failed|IDENTIFICATION HAS CHANGED"),
    ToolMeaning("restic-key-refused", _R, "SP290", "the vault refused the recovery host's key", _KEY,
                text=r"Permission denied \("),
    ToolMeaning("restic-connection-lost", _R, "SP288", "the connection to the vault broke while data came over it",
                "is the vault's sshd up? it is tried again over a new connection", text="connection lost", transient=True),
    ToolMeaning("restic-vault-unreachable", _R, "SP289", "no connection from the recovery host to the vault", _REACH,
                text=r"ssh: connect to host|Could not resolve|Connection (?:closed|timed out|refused|reset)", transient=True),
    ToolMeaning("restic-changed-host", _R, "SP289", "the files' repository cannot be opened over its connection",
                "try `sftp` by hand from the recovery host: its own words are lost inside restic",
                text="unable to start the sftp session", transient=True),
    # PostgreSQL: its log, or what it says on standard error before there is a log.
    ToolMeaning("pg-inodes", _S, "SP285", "the recovery host has no inodes left", _INODES, text=_NO_INODES),
    ToolMeaning("pg-disk-full", _S, "SP284", "the disk of the recovery host is full", _FREE, text=rf"{_NO_BYTES}|No space left on device"),
    ToolMeaning("pg-time-not-reached", _S, "SP294", "the WAL that the vault held ends before the target instant",
                "choose an earlier instant; the writes after the newest WAL in the vault cannot come back",
                text="recovery ended before configured recovery target was reached"),
    ToolMeaning("pg-timeline", _S, "SP294", "the vault holds no WAL of the timeline that recovery should follow",
                "look at the .history files in the archive; was the stanza made anew?",
                text="recovery target timeline .* does not exist|requested timeline .* is not a child"),
    ToolMeaning("pg-checkpoint-missing", _S, "SP295", "WAL of the backup itself is missing or damaged in the vault",
                _WAL_OF_BACKUP, text="could not locate (?:required|a valid) checkpoint record"),
    ToolMeaning("pg-never-consistent", _S, "SP295",
                "recovery never became consistent: WAL that was written during the backup is missing or damaged",
                _WAL_OF_BACKUP, text="WAL ends before (?:end of online backup|consistent recovery point)"),
    ToolMeaning("pg-port-taken", _S, "SP296", "the port is taken on the recovery host",
                "find out which process listens there (`ss -ltnp`), or give the service another `port`",
                text="Address already in use"),
    ToolMeaning("pg-address", _S, "SP296", "the recovery host does not have the address that the server should listen on",
                "correct `address` of the recovery host in the inventory", text="Cannot assign requested address"),
    ToolMeaning("pg-other-major", _S, "SP298", "the recovery host has another major version of PostgreSQL than the backup",
                "install the version that the backup names", text="database files are incompatible with server"),
    ToolMeaning("pg-memory", _S, "SP297", "the recovery host has too little memory for the restored settings",
                "give the host the memory that shared_buffers asks for",
                text="could not map anonymous shared memory|could not create shared memory segment"),
    ToolMeaning("pg-unknown-setting", _S, "SP297",
                "the restored configuration names a setting that this server does not know",
                "install the same version and extensions as the source has", text="unrecognized configuration parameter .* in file"),
    ToolMeaning("pg-bad-value", _S, "SP297", "the restored configuration has errors",
                "compare it with the source's and correct it there",
                text="FATAL: .*(?:contains errors|invalid value for parameter)"),
    ToolMeaning("pg-no-configuration", _S, "SP297", "the restored server has no configuration",
                "name `config_repository` in the inventory: Debian keeps it outside the data directory",
                text="could not access the server configuration file"),
)  # fmt: skip
