"""A file that the operating system keeps from us: a matter of this machine and its user, not a mistake of ours."""

from __future__ import annotations

import errno

from stormproof.core.errors import SetupFailed

_PLACE = "state goes where STORMPROOF_HOME says, reports where -o says"
_FIXES = {
    errno.EACCES: f"let this user read and write there, or work as the user that it belongs to; {_PLACE}",
    errno.EPERM: f"let this user read and write there, or work as the user that it belongs to; {_PLACE}",
    errno.EROFS: f"name a place that can be written: {_PLACE}",
    errno.ENOSPC: f"make room there, or name another place: {_PLACE}",
    errno.EDQUOT: f"make room there, or name another place: {_PLACE}",
    errno.ENOTDIR: f"a part of that path is no folder: correct it; {_PLACE}",
    errno.EISDIR: "that is a folder: name a file",
    errno.ELOOP: "its symbolic links lead in a circle: correct them",
    errno.ENAMETOOLONG: "use a shorter name or path",
    errno.EMFILE: "raise this user's limit of open files (`ulimit -n`)",
    errno.ENFILE: "this machine has no more open files to give: end what holds them",
    errno.EIO: "the disk could not be read or written: look at `dmesg`",
}


def refused_file(error: OSError) -> SetupFailed | None:
    """The refusal as a person can act on it; None where no file is named, or it may as well be a mistake of ours."""
    if error.filename is None or error.errno not in _FIXES:
        return None
    return SetupFailed(
        f"this machine refused a file ({error.strerror})",
        where=error.filename.decode(errors="backslashreplace")
        if isinstance(error.filename, bytes)
        else str(error.filename),
        fix=_FIXES[error.errno],
        code="SP171",
    )
