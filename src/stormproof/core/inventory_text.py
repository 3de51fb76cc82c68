"""Read inventory.yaml. What may stand in it: inventory.py; what is wrong with it: inventory_document.py."""

from __future__ import annotations

from stormproof.core.inventory import Inventory
from stormproof.core.inventory_document import inventory_of
from stormproof.core.yaml_text import read_yaml


def parse_inventory(text: str, *, file: str, folder: str = ".") -> Inventory:
    """Read an inventory.

    Args:
        file: as it is to stand in messages.
        folder: the file's own folder, for `Inventory.folder`.

    Raises SpecInvalid: every mistake, in the order of lines.
    """
    return inventory_of(read_yaml(text, file=file), folder=folder)
