"""The loop behind a step's Retry. Apart from it, so that a plan is printed without loading what only a run needs."""

from __future__ import annotations

import random
from collections.abc import Callable

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.stop import stop_base

from stormproof.engine.retry import Retry


def retrying(
    retry: Retry, *, monotonic: Callable[[], float], sleep: Callable[[float], None], rng: random.Random
) -> Retrying:
    """tenacity's loop for one step. `sleep` is what a cancel can wake."""

    def wait(state: RetryCallState) -> float:
        return rng.uniform(0, min(retry.wait_seconds_max, retry.first_wait_seconds * 2 ** (state.attempt_number - 1)))

    return Retrying(
        retry=retry_if_exception_type(retry.on),
        stop=stop_after_attempt(retry.attempts) | _StopBefore(monotonic, monotonic() + retry.seconds),
        wait=wait,
        sleep=sleep,
        reraise=True,
    )


class _StopBefore(stop_base):
    """Stops when the next wait would end after the bound, so that no time is spent on a wait without an attempt."""

    def __init__(self, monotonic: Callable[[], float], deadline: float) -> None:
        self._monotonic, self._deadline = monotonic, deadline

    def __call__(self, retry_state: RetryCallState) -> bool:
        return self._monotonic() + retry_state.upcoming_sleep >= self._deadline
