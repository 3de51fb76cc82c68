"""Fixtures that many tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from tests_support import PrivateSshd, start_sshd, stop_sshd

# Always the same examples, so that a failure in CI is one on any machine; new ones are drawn at night. No deadline: the
# machine may be busy. `HYPOTHESIS_PROFILE=nightly` chooses.
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("ci", derandomize=True, deadline=None, max_examples=100, suppress_health_check=_SLOW)
settings.register_profile("nightly", deadline=None, max_examples=5000, suppress_health_check=_SLOW, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# A shell that puts us into the background has SIGINT ignored, nohup SIGHUP, and children inherit that: what tests start
# hears signals all the same. A handler of our own is not inherited, and keeps this process running as before.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda number, frame: None)


@pytest.fixture(scope="module")
def private_sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateSshd]:
    server = start_sshd(tmp_path_factory.mktemp("sshd"))
    yield server
    stop_sshd(server)
