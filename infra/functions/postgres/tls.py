"""Whom we believe to be the database."""

from __future__ import annotations

import ssl
from pathlib import Path

# Authorities that RDS's certificates come from. AWS: Lambda's runtimes bring them beside the public ones.
BUNDLES = (Path("/var/runtime/ca-cert.pem"), Path(__file__).with_name("ca.pem"))


def trusted() -> ssl.SSLContext:
    """TLS 1.2 and newer, with the server's name checked against these authorities."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for bundle in BUNDLES:
        if bundle.is_file():
            context.load_verify_locations(bundle)
    return context
