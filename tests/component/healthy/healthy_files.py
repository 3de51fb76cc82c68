"""A directory with every name, mode and kind of file that a file system takes, and 100,000 small ones."""

from __future__ import annotations

import json

from healthy_machines import SECONDS_MAX
from healthy_site import DISK, RESTIC, HealthySite
from machines_support import HOME

from tables.planting import plants
from tables.row import Saw

FOLDER = f"{DISK}/files"
MAKE = r"""
import os, time
root = os.fsencode(os.environ["FOLDER"])
os.makedirs(root + b"/odd"); os.chdir(root + b"/odd")
names = [b"line\nbreak", b"tab\there", b"quote'\"`", b"back\\slash", b"\xff\xfe not UTF-8 \xe9", "Größe 東京 😀".encode(),
         "e\u0301 and".encode(), "\u00e9 and".encode(), b" lead and trail ", b"-rf", b"--", b"*?[a]", b"$(id)", b"%s%n", b"x" * 255,
         ("ü" * 127).encode(), b".hidden", b"...", b"\x01\x7f\r", b"~", b"a;b|c&d", b"colon:name", b"NUL.txt"]
for n, name in enumerate(names):
    with open(name, "wb") as f: f.write(b"content %d" % n + name)
os.makedirs(b"deep" + b"/d" * 200); open(b"deep" + b"/d" * 200 + b"/leaf", "wb").write(b"leaf")
os.makedirs(b"dir\nwith\tname\xff/" + b"y" * 255); open(b"dir\nwith\tname\xff/" + b"y" * 255 + b"/in", "wb").write(b"in")
os.makedirs(b"empty/emptier")
open(b"nothing", "wb").close()
os.symlink(b"nothing", b"link"); os.symlink(b"/no/where\n", b"dangling\n"); os.symlink(b"loop", b"loop"); os.symlink(b"empty", b"to-dir")
open(b"hard", "wb").write(b"hard"); os.link(b"hard", b"hard too"); os.makedirs(b"other"); os.link(b"hard", b"other/third")
os.mkfifo(b"pipe", 0o640)
with open(b"sparse", "wb") as f: f.truncate(300_000_000); f.seek(200_000_000); f.write(b"island")
for mode in (0o000, 0o200, 0o400, 0o444, 0o600, 0o755, 0o777, 0o4755, 0o2755, 0o6777, 0o1644):
    name = b"mode %o" % mode; open(name, "wb").write(name); os.chmod(name, mode if mode & 0o400 else 0o600)
os.makedirs(b"sticky"); os.chmod(b"sticky", 0o1777)
for mode in (0o000, 0o300, 0o500): os.makedirs(b"dir %o" % mode); open(b"dir %o/in" % mode, "wb").write(b"x")
os.makedirs(root + b"/many"); os.chdir(root + b"/many")
for d in range(100):
    os.mkdir(b"%02d" % d)
    for n in range(1000): open(b"%02d/%d" % (d, n), "wb").write(b"%d %d" % (d, n))
then = time.time() - 600
for at, dirs, files in os.walk(root):
    for name in files: os.utime(os.path.join(at, name), (then, then), follow_symlinks=False)
"""
# What the reference could not be captured with: nobody but root can read these, at the source as well.
SHUT = r"cd $FOLDER/odd && chmod 000 'mode 0' 'dir 0' && chmod 200 'mode 200' && chmod 300 'dir 300' && chmod 500 'dir 500'"
# What a tree is, in one line each: kind, mode, size, target, how many names; told as counts and one digest.
TELL = r"""
import hashlib, json, os, stat
root = os.fsencode(os.environ["FOLDER"]); lines = []; kinds = {}; many = 0
for at, dirs, files in os.walk(root):
    for name in dirs + files:
        path = os.path.join(at, name); s = os.lstat(path); short = path[len(root):]
        kind = stat.S_IFMT(s.st_mode); kinds[oct(kind)] = kinds.get(oct(kind), 0) + 1
        if short.startswith(b"/many/"): many += 1
        target = os.readlink(path) if stat.S_ISLNK(s.st_mode) else b""
        mode = 0 if stat.S_ISLNK(s.st_mode) else stat.S_IMODE(s.st_mode)
        size = s.st_size if stat.S_ISREG(s.st_mode) else 0
        links = s.st_nlink if stat.S_ISREG(s.st_mode) else 0
        body = hashlib.sha256(open(path, "rb").read()).hexdigest() if stat.S_ISREG(s.st_mode) else ""
        lines.append(repr((short, kind, mode, size, links, target, int(s.st_mtime) if body else 0, body)))
print(json.dumps({"kinds": kinds, "many": many, "digest": hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest(),
                  "odd": sorted(line for line in lines if "/many/" not in line)}))
"""


@plants("odd-file-names", "odd-file-modes", "links-and-fifos", "empty-directory", "many-files")
def files(site: HealthySite, row: str) -> Saw:
    if "uploads" not in site.services:
        site.db.run("python3 -", stdin=MAKE, env={"FOLDER": FOLDER}, timeout=SECONDS_MAX)
        site.services["uploads"] = {"kind": "files", "host": "db", "path": FOLDER, "repository": "uploads"}
        site.write_inventory()
        site.stormproof("reference", "capture", "uploads", "--label", "first")
        site.as_root("db", SHUT, {"FOLDER": FOLDER})
        restic = (
            f"export HOME=/tmp; restic -q -r sftp:vault-files:/srv/vault/restic/uploads -o sftp.command='ssh -F {HOME}/.ssh/config "
            "vault-files -s sftp' "
        )
        site.as_root("db", f"{restic} init && {restic} backup --tag uploads {FOLDER}", {"RESTIC_PASSWORD": RESTIC})
        site.marks["tree"] = site.as_root("db", f"python3 - <<'PYTHON'\n{TELL}\nPYTHON", {"FOLDER": FOLDER})
    checks = [{"files": {"min_files": 100_000, "min_bytes": "300MB", "timeout": "10m"}}]
    drilled = site.drill("uploads", "uploads", checks, as_root=(TELL, f"files{FOLDER}"), runbook="restore_files",
                         targets={"rto": "15m", "rpo": "1h"})  # fmt: skip
    source, copy = json.loads(str(site.marks["tree"])), json.loads(drilled.answers["as_root"])
    assert source["odd"] == copy["odd"]
    assert source == copy
    assert source["many"] == 100_100
    return drilled.saw()
