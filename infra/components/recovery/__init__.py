"""The isolated recovery environment: network, places for what is restored, who verifies, AWS's restore tests."""
