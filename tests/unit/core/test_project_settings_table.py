"""The table of environment variables holds every setting that there is."""

from __future__ import annotations

from stormproof.core.project_settings import VARIABLES, LabSettings, ProjectSettings


def test_every_setting_has_its_variable() -> None:
    plain = {(name,) for name in ProjectSettings.model_fields if name != "lab"}
    assert set(VARIABLES.values()) == plain | {("lab", name) for name in LabSettings.model_fields}
