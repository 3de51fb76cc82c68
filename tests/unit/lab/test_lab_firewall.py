"""The router's rules say what the flows say, and nothing more."""

from __future__ import annotations

import re

from stormproof.lab.firewall import FLOWS, Flow, ruleset
from stormproof.lab.topology import HOSTS

NAMES = [spec.name for spec in HOSTS]


def accepted(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.rstrip().endswith("accept") and "iifname" in line]


def test_recovery_reaches_the_vaults_two_ways_to_its_repositories_and_nothing_else():
    assert [(f.target, f.ports, f.protocol) for f in FLOWS if f.source == "recovery-1"] == [
        ("vault", (22, 8432), "tcp")
    ]


def test_nobody_reaches_recovery():
    assert not [flow for flow in FLOWS if flow.target == "recovery-1"]


def test_only_the_application_reaches_the_world_outside():
    assert {flow.source for flow in FLOWS if flow.target == "outside"} == {"app-web"}


def test_each_flow_is_one_accepting_rule():
    text = ruleset(NAMES, FLOWS)
    assert len(accepted(text)) == len(FLOWS)
    assert (
        'iifname "p_vault" oifname "p_app-primary" tcp dport { 22, 5432 } ct state new'
        " counter name allowed_vault_app_primary_tcp accept"
    ) in accepted(text)


def test_every_other_pair_is_rejected_and_counted_by_name():
    text = ruleset(NAMES, FLOWS)
    rejected = re.findall(r"counter name (denied_\w+) reject with icmpx admin-prohibited", text)
    pairs = {f"denied_{a}_{b}".replace("-", "_") for a in NAMES for b in NAMES if a != b}
    assert set(rejected) == {*pairs, "denied_other", "denied_router"}


def test_what_no_rule_knows_is_dropped():
    assert ruleset(NAMES, FLOWS).count("policy drop;") == 2


def test_acceptance_stands_before_rejection():
    lines = ruleset(NAMES, FLOWS).splitlines()
    last_accept = max(number for number, line in enumerate(lines) if "iifname" in line and line.endswith("accept"))
    first_reject = min(number for number, line in enumerate(lines) if "reject" in line)
    assert last_accept < first_reject


def test_a_flow_of_a_host_that_does_not_stand_is_left_out():
    text = ruleset(["vault"], [Flow("vault", "app-primary", (22,))])
    assert accepted(text) == []


def test_every_counter_that_is_used_is_declared():
    text = ruleset(NAMES, FLOWS)
    assert set(re.findall(r"counter name (\w+)", text)) == set(re.findall(r"counter (\w+) \{", text))
