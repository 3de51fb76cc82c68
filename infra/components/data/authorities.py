"""Authorities of one's own that the database's certificate may come from, beside those that Lambda brings."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]


class BundleMissing(ValueError):
    """The file of authorities is not where the settings say. The message is for a person."""


def authorities(bundle: str | None) -> dict[str, Path]:
    """What comes into the archive: path -> file. Args: bundle: from the project's folder. Raises BundleMissing."""
    if bundle is None:
        return {}
    path = PROJECT / bundle
    if not path.is_file():
        raise BundleMissing(
            f"stormproof:data.database.caBundle: {path} is not there: fetch "
            "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem, or leave it out"
        )
    return {"postgres/ca.pem": path}
