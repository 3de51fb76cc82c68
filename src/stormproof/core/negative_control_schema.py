"""Faults of what surrounds the rows: constraints, extensions, views, roles and rights, collations, settings. Pure plans."""

from __future__ import annotations

from collections.abc import Mapping

from stormproof.core import negative_control_watch as watch
from stormproof.core.check_spec import SettingsCheck
from stormproof.core.negative_control import Facts, NotApplicable, Seed, Watch
from stormproof.core.negative_control_rows import NO_DATABASE, is_partition, split_name
from stormproof.core.table_name import quoted

# Strong value -> weak value, in the order in which they are tried: each loses data or opens a door, and says nothing.
WEAKER = {
    "full_page_writes": ("on", "off"),
    "synchronous_commit": ("on", "off"),
    "password_encryption": ("scram-sha-256", "md5"),
    "autovacuum": ("on", "off"),
    "wal_log_hints": ("on", "off"),
}


def missing_constraint(facts: Facts) -> Seed | NotApplicable:
    """A foreign key, or else a check, that the source has is not there."""
    found = _constraint(facts, "FOREIGN KEY", "CHECK")
    if isinstance(found, NotApplicable):
        return found
    name, table, bare = found
    return Seed(
        what=f"constraint {name} was dropped", object=f"constraint {name}", named_by=(f"constraint {name}",),
        codes=frozenset({"SP401"}), sql=f"alter table {table} drop constraint {bare};",
    )  # fmt: skip


def watch_missing_constraint(facts: Facts, seed: Seed) -> Watch:
    return Watch(watch.structure(facts, seed.object), watch.STRUCTURE)


def disabled_constraint(facts: Facts) -> Seed | NotApplicable:
    """A foreign key stands in the catalogue and is not enforced: its triggers are off."""
    found = _constraint(facts, "FOREIGN KEY")
    if isinstance(found, NotApplicable):
        return found
    name, table, bare = found
    conname, relation = (part.replace("'", "''") for part in (bare.strip('"').replace('""', '"'), table))
    return Seed(
        what=f"constraint {name} is not enforced: its triggers are disabled", object=f"constraint {name}",
        named_by=(f"constraint {name}", f"foreign key {name}"), codes=frozenset({"SP402", "SP406", "SP435"}),
        sql=f"""do $seed$
declare one record;
begin
  for one in select t.tgname from pg_catalog.pg_trigger t join pg_catalog.pg_constraint c on c.oid = t.tgconstraint
             where c.conname = '{conname}' and c.conrelid = '{relation}'::regclass and t.tgrelid = c.conrelid
  loop execute format('alter table {relation} disable trigger %I', one.tgname); end loop;
end $seed$;""",
    )  # fmt: skip


def watch_disabled_constraint(facts: Facts, seed: Seed) -> Watch:
    watchers = watch.merged(watch.structure(facts, seed.object), watch.integrity(facts, "foreign_keys"))
    return Watch(watchers, watch.STRUCTURE)


def missing_extension(facts: Facts) -> Seed | NotApplicable:
    """An extension is not there, with whatever needs it."""
    if facts.copy is None:
        return NO_DATABASE
    known = list(_kept(facts.copy.extensions, facts.before.extensions if facts.before else None))
    chosen = min(known, key=lambda name: (name == "plpgsql", name), default=None)
    if chosen is None:
        return NotApplicable("the database has no extension")
    return Seed(
        what=f"extension {chosen} was dropped, with what needs it", object=f"extension {chosen}", named_by=(chosen,),
        codes=frozenset({"SP405"}), sql=f"drop extension {quoted(chosen)} cascade;",
    )  # fmt: skip


def watch_missing_extension(facts: Facts, seed: Seed) -> Watch:
    return Watch(watch.structure(facts, seed.object), watch.STRUCTURE)


def unpopulated_view(facts: Facts) -> Seed | NotApplicable:
    """A materialised view is there and holds no data: whoever reads it gets an error."""
    if facts.copy is None:
        return NO_DATABASE
    before = facts.before.materialised_views if facts.before is not None else None
    full = [name for name, populated in facts.copy.materialised_views.items() if populated]
    chosen = min((name for name in full if before is None or before.get(name)), default=None)
    if chosen is None:
        return NotApplicable("the database has no populated materialised view")
    return Seed(
        what=f"materialised view {chosen} holds no data", object=f"materialised view {chosen}", named_by=(chosen,),
        codes=frozenset({"SP407"}), sql=f"refresh materialized view {chosen} with no data;",
    )  # fmt: skip


def watch_unpopulated_view(facts: Facts, seed: Seed) -> Watch:
    return Watch(watch.structure(facts, seed.object), watch.STRUCTURE)


def dropped_role(facts: Facts) -> Seed | NotApplicable:
    """A role is gone, with all its rights: the application's own where it is there."""
    if facts.shape is None or facts.copy is None:
        return NO_DATABASE
    held = facts.reference.postgres if facts.reference is not None else None
    known = _kept(facts.shape.roles, held.roles if held is not None else None)
    weak = sorted(name for name in known if "superuser" not in known[name].split())
    chosen = facts.role if facts.role in known else next(iter(weak), None)
    if chosen is None:
        return NotApplicable("there is no role but the superuser")
    role = quoted(chosen)
    return Seed(
        what=f"role {chosen} was dropped", object=f"role {chosen}", named_by=(chosen,), codes=frozenset({"SP403"}),
        sql=f"drop role {role};", sql_each=f"reassign owned by {role} to current_user;\ndrop owned by {role};",
    )  # fmt: skip


def watch_dropped_role(facts: Facts, seed: Seed) -> Watch:
    return Watch(watch.structure(facts), watch.STRUCTURE)


def lost_grant(facts: Facts) -> Seed | NotApplicable:
    """A role's rights on one table are gone: the application's own where it has any."""
    if facts.copy is None:
        return NO_DATABASE
    found = []
    for key, text in _kept(facts.copy.grants, facts.before.grants if facts.before else None).items():
        if not key.startswith("table ") or key.startswith("table stormproof.") or key not in facts.copy.objects:
            continue
        owner = _owner(facts.copy.objects[key])
        roles = [entry.split("=", 1)[0] for entry in text.split()]
        rows = facts.copy.rows.get(key.removeprefix("table "), 0)
        found += [(role != facts.role, -rows, key, role) for role in roles if role and role != owner]
    if not found:
        return NotApplicable("no role but the owner has a right on a table")
    _, _, key, role = min(found)
    table = key.removeprefix("table ")
    named = role if role.startswith('"') else quoted(role)
    return Seed(
        what=f"all rights of {role} on {table} were revoked", object=key, named_by=(key,),
        codes=frozenset({"SP404"}), sql=f"revoke all on {table} from {named};",
    )  # fmt: skip


def watch_lost_grant(facts: Facts, seed: Seed) -> Watch:
    return Watch(watch.structure(facts, seed.object), watch.STRUCTURE)


def changed_collation(facts: Facts) -> Seed | NotApplicable:
    """The library sorts by another version than the indexes were built with: they find what is there, or not."""
    if facts.copy is None:
        return NO_DATABASE
    whole = {name for name, text in facts.copy.collation_versions.items() if _fits(text)}
    chosen = min(whole, key=lambda name: (name == "the database's default", name), default=None)
    if chosen is None:
        return NotApplicable("no collation in use records a version (C and C.UTF-8 have none)")
    if chosen == "the database's default":
        sql = "update pg_catalog.pg_database set datcollversion = '0' where datname = current_database();"
    else:
        literal = chosen.replace("'", "''")
        sql = (
            "update pg_catalog.pg_collation c set collversion = '0' from pg_catalog.pg_namespace n "
            f"where n.oid = c.collnamespace and format('%I.%I', n.nspname, c.collname) = '{literal}';"
        )
    return Seed(
        what=f"collation {chosen} is recorded with another version than the library's", object=f"collation {chosen}",
        named_by=(chosen,), codes=frozenset({"SP408"}), sql=sql,
    )  # fmt: skip


def watch_changed_collation(facts: Facts, seed: Seed) -> Watch:
    return Watch(watch.structure(facts, seed.object), watch.STRUCTURE)


def weaker_setting(facts: Facts) -> Seed | NotApplicable:
    """The server runs with a weaker setting than the source: nothing looks different until the day it matters."""
    if facts.shape is None:
        return NO_DATABASE
    strong = [
        name for name, (value, _) in WEAKER.items() if name in facts.settings and facts.settings[name].value == value
    ]
    ignored = {name for check in facts.checks if isinstance(check, SettingsCheck) for name in check.ignore}
    chosen = next((name for name in strong if name not in ignored), None)
    if chosen is None:
        return NotApplicable("every setting that could be weakened is weak already, or ignored")
    weak = WEAKER[chosen][1]
    return Seed(
        what=f"{chosen} is {weak} instead of {WEAKER[chosen][0]}", object=f"setting {chosen}", named_by=(chosen,),
        codes=frozenset({"SP471", "SP472"}),
        script=f"printf '%s\\n' \"{chosen} = '{weak}'\" >>\"$PGDATA/postgresql.auto.conf\" || exit 74",
    )  # fmt: skip


def watch_weaker_setting(facts: Facts, seed: Seed) -> Watch:
    return Watch(watch.settings(facts, seed.object.removeprefix("setting ")), watch.SETTINGS)


def _constraint(facts: Facts, *kinds: str) -> tuple[str, str, str] | NotApplicable:
    """(its whole name, its table, its own name) of a constraint on a table that is no partition; the kinds in order."""
    if facts.copy is None:
        return NO_DATABASE
    known = _kept(facts.copy.objects, facts.before.objects if facts.before else None)
    found = []
    for key, text in known.items():
        parts = split_name(key.removeprefix("constraint ")) if key.startswith("constraint ") else []
        table = ".".join(parts[:2])
        of_table = facts.copy.objects.get(f"table {table}")
        if len(parts) != 3 or of_table is None or is_partition(of_table) or table.startswith("stormproof."):
            continue
        kind = next((place for place, word in enumerate(kinds) if text.startswith(word)), None)
        if kind is not None and not any(sign in text for sign in ("not enforced", "not validated", "NOT VALID")):
            found.append((kind, "partitioned by" in of_table, key.removeprefix("constraint "), table, parts[2]))
    if not found:
        return NotApplicable(f"no table has a constraint of this kind ({', '.join(kinds).lower()})")
    return min(found)[2:]


def _kept(copy: Mapping[str, str], before: Mapping[str, str] | None) -> dict[str, str]:
    """What stands in the reference and in the copy: only that can be missed."""
    return {name: text for name, text in copy.items() if before is None or name in before}


def _owner(definition: str) -> str:
    return definition.partition("owner ")[2].split(" ")[0]


def _fits(text: str) -> bool:
    recorded, _, rest = text.partition(" recorded, ")
    return recorded != "none" and rest == f"{recorded} in use"
