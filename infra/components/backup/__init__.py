"""Backup vaults in separate places, plans, selections, restore testing."""
