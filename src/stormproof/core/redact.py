"""Known secret values, taken out of every text before it is written anywhere."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from stormproof.core.errors import Refused

SECRET_LENGTH_MIN = 6  # shorter ones occur by chance in ordinary text, and removing them would shred it


class Redactor:
    """Replaces each known secret, and the forms that tools print it in, by `[redacted:NAME]`. Safe to share by threads.

    Forms: as it is, its lines, JSON-escaped, URL-quoted (both ways), hexadecimal, and base64 (standard and URL-safe) at
    each of the three alignments that it can have inside a longer value, such as `user:password`.
    """

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self._lock = threading.Lock()
        self._forms: dict[str, str] = {}
        self._longest_first: tuple[tuple[str, str], ...] = ()
        for name, value in (secrets or {}).items():
            self.add(name, value)

    def add(self, name: str, value: str) -> None:
        """Learn a secret. Raises Refused when it is too short to be taken out of a text reliably."""
        bare = value.strip()
        if len(bare) < SECRET_LENGTH_MIN:
            raise Refused(
                f"secret '{name}' is shorter than {SECRET_LENGTH_MIN} characters, so it could not be kept out of logs",
                where=f"secret '{name}'",
                fix=f"use a secret of at least {SECRET_LENGTH_MIN} characters (16 or more are better)",
                code="SP270",
            )
        with self._lock:
            for form in _forms(bare):
                self._forms.setdefault(form, f"[redacted:{name}]")
            self._longest_first = tuple(sorted(self._forms.items(), key=lambda pair: -len(pair[0])))

    def text(self, text: str) -> str:
        """The text without any known secret."""
        for form, replacement in self._longest_first:
            if form in text:
                text = text.replace(form, replacement)
        return text

    def document(self, value: Any) -> Any:
        """A JSON value without any known secret, in keys and in values. Numbers, booleans and null are kept."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.document(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.document(item) for item in value]
        return value

    def __repr__(self) -> str:
        return f"Redactor({len(self._forms)} forms)"


def _forms(value: str) -> Iterator[str]:
    texts = [value, *(line.strip() for line in value.splitlines() if len(line.strip()) >= SECRET_LENGTH_MIN)]
    for text in dict.fromkeys(texts):
        raw = text.encode()
        candidates = [
            text,
            json.dumps(text)[1:-1],
            json.dumps(text, ensure_ascii=False)[1:-1],
            quote(text, safe=""),
            quote(text),
            quote_plus(text),
            raw.hex(),
            raw.hex().upper(),
            *_base64_forms(raw),
        ]
        yield from (form for form in dict.fromkeys(candidates) if len(form) >= SECRET_LENGTH_MIN)


def _base64_forms(raw: bytes) -> Iterator[str]:
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw).decode().rstrip("=")
        start = (0, 2, 3)[before]  # characters that hold bits of what stands before the secret
        # The last character may hold bits of what comes after, unless the secret ends on a whole group.
        end = len(encoded) if (before + len(raw)) % 3 == 0 else len(encoded) - 1
        inner = encoded[start:end]
        yield inner
        yield inner.replace("+", "-").replace("/", "_")
