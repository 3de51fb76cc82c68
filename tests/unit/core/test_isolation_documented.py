"""docs/isolation.md says of each fact what the code does."""

from __future__ import annotations

from pathlib import Path

from stormproof.core.isolation_credentials import CREDENTIAL_RULES
from stormproof.core.isolation_network import NETWORK_RULES

PAGE = Path(__file__).parents[3] / "docs" / "isolation.md"


def test_each_fact_stands_in_the_page_with_its_code_and_whether_it_decides() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text().splitlines()
        if "| SP3" in line
    ]
    told = {name: (code, decides) for name, code, _, decides in rows if not name.startswith("way through")}
    assert told == {r.name: (r.code, "decides" if r.decides else "shown") for r in (*NETWORK_RULES, *CREDENTIAL_RULES)}


def test_no_two_facts_share_a_code() -> None:
    codes = [rule.code for rule in (*NETWORK_RULES, *CREDENTIAL_RULES)]
    assert len(codes) == len(set(codes))
