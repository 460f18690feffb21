"""Items against names on public control lists, equipment by its parameters, and the record of an outside check."""

from __future__ import annotations

from biopact.screening.items.controlled import ItemMatch, match_item, screen_items
from biopact.screening.items.equipment import EquipmentMatch, match_equipment
from biopact.screening.items.outside import OutsideCheck, record_check

__all__ = [
    "EquipmentMatch",
    "ItemMatch",
    "OutsideCheck",
    "match_equipment",
    "match_item",
    "record_check",
    "screen_items",
]
