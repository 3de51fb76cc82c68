"""The embedded default: hosts of real parts in namespaces of this machine."""
