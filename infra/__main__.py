"""Pulumi's entry point: reads the configuration, declares the stack's layers, exports their outputs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from infra.config import BadConfiguration, read_settings  # the checkout is on the path only now
from infra.program import declare
from infra.providers import NotLoopback

try:
    settings = read_settings(json.loads(os.environ.get("PULUMI_CONFIG", "{}")), stack=pulumi.get_stack())
    outputs = declare(settings)
except (BadConfiguration, NotLoopback) as error:
    raise pulumi.RunError(str(error)) from None
for name, value in outputs.items():
    pulumi.export(name, value)
