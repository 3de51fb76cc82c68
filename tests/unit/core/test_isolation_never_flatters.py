"""Whatever was seen: `proved` only ever means what docs/isolation.md says."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from isolation_records import AT, HEALTHY_HOST, SCOPE, WITNESSES, seen, shut

from stormproof.core.isolation import decide
from stormproof.core.isolation_looks import WitnessLooks

SAW = st.sampled_from(["connected", "refused", "blocked", "silent", "error", None])
THROUGH = st.sampled_from(["forwarded", "tried", "prohibited", "no-session", "unknown"])
WAYS = [w.id for w in SCOPE.ways]
WITNESSED = {w.id: w.witness for w in SCOPE.ways if w.witness}
GROUPS = {w.id: w.group for w in SCOPE.ways}


@given(
    st.fixed_dictionaries(dict.fromkeys(WAYS, SAW)),
    st.fixed_dictionaries(dict.fromkeys(WITNESSED, SAW)),
    st.floats(-8, 8),
    st.lists(THROUGH, min_size=len(shut()), max_size=len(shut())),
)
def test_proved_means_shut_witnessed_and_controlled(
    looks: dict[str, str | None], witnessed: dict[str, str | None], apart: float, through: list[str]
) -> None:
    host = replace(
        HEALTHY_HOST,
        looks={way: seen(saw) for way, saw in looks.items() if saw},
        through=tuple(replace(a, saw=saw) for a, saw in zip(shut(), through, strict=True)),  # type: ignore[arg-type]
    )
    witnesses = {
        name: WitnessLooks({w: seen(saw, 100 + apart) for w, saw in witnessed.items() if saw and WITNESSED[w] == name})
        for name in WITNESSES
    }
    result = decide(SCOPE, {"recovery-1": host}, witnesses, at=AT, seconds=1.0).result
    forbidden = {way: saw for way, saw in looks.items() if way in WITNESSED}
    broken = "connected" in forbidden.values() or bool({"forwarded", "tried"} & set(through))
    assert (result == "broken") == broken
    if result == "proved":
        assert looks["tcp:10.0.30.5:22"] == "connected"
        assert set(forbidden.values()) <= {"refused", "blocked", "silent"}
        assert set(through) <= {"prohibited", "no-session"}
        assert abs(apart) < 5.000001  # 100 + apart is rounded
        assert {GROUPS[way] for way, saw in witnessed.items() if saw == "connected"} == {"production", "internet"}
