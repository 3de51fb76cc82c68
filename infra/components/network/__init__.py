"""The network: tiers, their flows, the way out, endpoints, logs."""
