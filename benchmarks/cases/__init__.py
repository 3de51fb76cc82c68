"""One module a case: run(rounds, size_mb, say) answers its measures. Raises timed.Failed."""
