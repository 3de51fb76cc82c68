"""Bring the shop back: its database and its uploaded files, side by side, until the application writes and reads.

The last step is the database's first write and read as the application: it waits for the files too.
"""

from __future__ import annotations

import restore_files
import restore_postgres

from stormproof.engine.runbook import Runbook

book = Runbook(
    "restore_shop",
    title="Restore the shop: database and files",
    service_kind="application",
    description="""
    Use it when the primary of the shop is lost as a whole. The database and the files have nothing to wait for from each
    other and come back side by side; the application is let in when both are there, since rows point to files.
    """,
    parameters=restore_postgres.book.parameters,
)
book.include(restore_postgres.book, prefix="postgres", also_needs={"open_server": ["files.first_write_and_read"]})
book.include(restore_files.book, prefix="files")
