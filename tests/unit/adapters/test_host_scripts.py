"""The frame around every script that a host runs for us."""

from __future__ import annotations

import subprocess

import pytest

from stormproof.adapters.host_scripts import framed

ASK = 'printf "%s;" "$LANG" "${LC_ALL-none}" "${LC_NUMERIC-none}" "${LC_MESSAGES-none}" "${LANGUAGE-none}" "$LC_CTYPE"'


def said(environment: dict[str, str], script: str = ASK) -> list[str]:
    """What a host whose locale comes from `environment` answers."""
    done = subprocess.run(
        ["/usr/bin/env", "-i", "PATH=/usr/bin:/bin", *(f"{name}={value}" for name, value in environment.items()), "bash", "-s"],
        input=framed(script), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout.split(";")[:-1]


@pytest.mark.parametrize(
    ("environment", "letters"),
    [
        ({}, "C"),
        ({"LANG": "de_DE.UTF-8"}, "de_DE.UTF-8"),
        ({"LANG": "de_DE.UTF-8", "LC_NUMERIC": "fr_FR.UTF-8", "LANGUAGE": "de"}, "de_DE.UTF-8"),
        ({"LANG": "de_DE", "LC_CTYPE": "C.UTF-8", "LC_MESSAGES": "de_DE"}, "C.UTF-8"),
        ({"LC_ALL": "pt_BR.UTF-8", "LC_CTYPE": "C.UTF-8"}, "pt_BR.UTF-8"),
    ],
)
def test_numbers_and_words_are_those_of_c_whatever_the_host_speaks_and_letters_its_own(
    environment: dict[str, str], letters: str
) -> None:
    assert said(environment) == ["C", "none", "none", "none", "none", letters]


def test_what_a_script_is_given_counts_more_than_the_frame() -> None:
    assert framed("true", {"LC_ALL": "C.UTF-8"}).index("LC_ALL=C.UTF-8") > framed("true").index("unset LC_ALL")
