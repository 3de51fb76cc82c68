"""One module per verb; joins adapters to the core, prints, exits."""
