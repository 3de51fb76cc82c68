"""The lab of a user who is not root: no capability, no entry in subuid, not even an entry in passwd."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_support import processes_that_see

import stormproof
from stormproof.lab.identities import IDENTITIES, KeyStore
from stormproof.lab.topology import HOSTS

pytestmark = pytest.mark.component
STRANGER = 54321
SCRIPT = """
import json, os, sys
from pathlib import Path
from stormproof.adapters.namespace_dial import dial
from stormproof.lab.foundation import Foundation

lab = Foundation(Path(sys.argv[1]), Path(sys.argv[1]))
lab.up()
said = {"uid": os.geteuid(), "level": lab.status().level}
primary = lab.host("app-primary")
said["who"] = primary.check("id -un; hostname; stat -c %U ~ /srv").split()
said["hop"] = lab.host("recovery-1").check("ssh vault hostname").strip()
refused = f"exec 5<>/dev/tcp/{lab.addresses('app-primary').ipv4}/22"
said["denied"] = "No route to host" in lab.host("recovery-1").run(refused).stderr
with dial(lab.folder.state_json, "vault", lab.addresses("vault").ipv4, 22, 5.0) as connection:
    said["greeting"] = connection.recv(8).decode()
primary.check("/usr/lib/postgresql/15/bin/initdb -k -A trust -D 15/main >/dev/null", timeout_seconds=120)
primary.spawn("exec /usr/lib/postgresql/15/bin/postgres -D ~/15/main", "/var/log/postgres.log")
ask = "for i in $(seq 600); do psql -XAtc 'select 6 * 7' 2>/dev/null && exit; sleep 0.05; done; cat /var/log/postgres.log; exit 1"
said["answer"] = primary.check(ask, timeout_seconds=60).strip()
primary.kill()
primary.start()
said["kept"] = primary.check("ls 15/main/PG_VERSION").strip()
processes = lab.state().processes.values()
lab.destroy()
said["left"] = [process.pid for process in processes if process.is_alive()] + [str(p) for p in lab.folder.path.parent.iterdir()]
print(json.dumps(said))
"""


@pytest.fixture
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[str], Path, dict[str, str]]]:
    """How to run Python as an ordinary user, a folder of its own, and its environment.

    Root steps down to a number that nobody has; an ordinary user is one already. Root's own Python may be where
    others cannot read it: then Debian's does, which is enough, because with its keys made the lab needs no library.
    """
    source = Path(stormproof.__file__).parents[1]
    if os.geteuid() != 0:
        folder = tmp_path_factory.mktemp("ordinary")
        yield [sys.executable], folder, {"PYTHONPATH": str(source)}
        return
    folder = Path("/var/tmp") / f"stormproof-ordinary-{os.getpid()}"
    try:
        shutil.copytree(
            source / "stormproof", folder / "src" / "stormproof", ignore=shutil.ignore_patterns("__pycache__")
        )
        lab = folder / "home" / "lab"
        names = [*(f"host-{spec.name}" for spec in HOSTS), *(identity.name for identity in IDENTITIES)]
        KeyStore(lab / "keys").ensure(names)
        for place in [folder, *folder.rglob("*")]:
            os.chown(place, STRANGER, STRANGER)
        step_down = ["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups"]
        # By way of a shell: setpriv itself still has root's rights while it looks for the program.
        attempt = [*step_down, "/bin/sh", "-c", '"$0" -c ""', sys.executable]
        can_read = subprocess.run(attempt, capture_output=True, check=False).returncode == 0
        python = sys.executable if can_read else "/usr/bin/python3"
        yield [*step_down, python], folder / "home", {"PYTHONPATH": str(folder / "src")}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_an_ordinary_user_gets_the_same_lab(ordinary: tuple[list[str], Path, dict[str, str]]):
    command, folder, settings = ordinary
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **settings}
    done = subprocess.run(
        [*command, "-c", SCRIPT, str(folder / "lab")],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env=environment,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "uid": os.geteuid() or STRANGER,
        "level": "user-namespaces",
        "who": ["postgres", "app-primary", "postgres", "postgres"],
        "hop": "vault",
        "denied": True,
        "greeting": "SSH-2.0-",
        "answer": "42",
        "kept": "15/main/PG_VERSION",
        "left": [],
    }
    assert processes_that_see(folder) == []
