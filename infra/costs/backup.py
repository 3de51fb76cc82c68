"""What backups cost a month. Most of it is storage, which hangs on how much there is: `beside` says the price of a GB."""

from __future__ import annotations

from typing import Final

from infra.costs.model import Cost
from infra.spec.rungs import Destination
from infra.spec.settings import Layer, Settings

PRIMARY: Final = (Layer.PRIMARY,)


def _copied(to: Destination, settings: Settings) -> float:
    return float(any(to in rung.copies for rung in settings.backup.rungs.values()))


def _to_recovery(settings: Settings, layer: Layer) -> float:
    return _copied(Destination.RECOVERY, settings)


def _to_vault(settings: Settings, layer: Layer) -> float:
    return _copied(Destination.VAULT, settings)


COSTS: list[Cost] = [
    Cost(
        switch="backup.rungs",
        type="aws:backup/vault:Vault",
        monthly_usd=0.0,
        unit="vault in the service's own region",
        buys="points to go back to after a mistake, at once",
        fallback="shorter `keepDays`; fewer rungs in a class",
        layers=PRIMARY,
        count=lambda settings, layer: 1,
        beside="0.05 a GB kept (databases' snapshots 0.10); each point after the first holds what changed",
    ),
    Cost(
        switch="backup.rungs",
        type="aws:backup/vault:Vault",
        monthly_usd=0.0,
        unit="vault beside the recovery environment",
        buys="copies in another region and account, which are restored from at once when the first is gone",
        fallback="copies to the vault's account alone: they are copied once more before they can be restored",
        layers=(Layer.RECOVERY,),
        count=_to_recovery,
        beside="0.05 a GB kept (databases' snapshots 0.10), and 0.02 for each GB moved there",
    ),
    Cost(
        switch="backup.rungs",
        type="aws:backup/vault:Vault",
        monthly_usd=0.0,
        unit="vault apart from everybody",
        buys="copies that nobody of the service's and of the recovery's account can reach",
        fallback="copies beside the recovery environment alone: who takes both accounts has everything",
        layers=(Layer.VAULT,),
        count=_to_vault,
        beside="0.05 a GB kept (databases' snapshots 0.10), and 0.02 for each GB moved there",
    ),
    Cost(
        switch="backup.airGapped",
        type="aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault",
        monthly_usd=0.0,
        unit="vault",
        buys="copies that survive whoever owns the account they lie in; nobody, AWS included, deletes them early",
        fallback="off: the vault account's governance lock, which break-glass can take away",
        layers=(Layer.VAULT,),
        beside="about 0.06 a GB kept, and 0.02 for each GB moved there",
    ),
    Cost(
        switch="backup.framework",
        type="aws:backup/framework:Framework",
        monthly_usd=0.0,
        unit="framework",
        buys="AWS's own daily answer whether everything is backed up, locked, copied and young enough",
        fallback="off: `stormproof audit` asks the same",
        layers=PRIMARY,
        beside="1.25 for 1000 evaluations, and the recorder's items",
    ),
    Cost(
        switch="backup.reports",
        type="aws:backup/reportPlan:ReportPlan",
        monthly_usd=0.0,
        unit="bucket of reports",
        buys="daily evidence of every backup, copy and restore, kept for a year",
        fallback="off: the jobs' history in AWS Backup, which ends after a month",
        layers=PRIMARY,
        beside="0.023 a GB kept; a year of reports is some MB",
    ),
]
