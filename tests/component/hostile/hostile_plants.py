"""What is planted in the source for each row of tests/tables/hostile_data.py, and how it acts where nobody disarms it.

A canary is a file: CANARY-ROW in /tmp of the host (a program ran, or the server wrote outside its folder), or in the data
directory (a function was called with a superuser's rights). Nothing acts on the source: functions look for ARMED first.
"""

from __future__ import annotations

from dataclasses import dataclass

from tables.planting import plants

ARMED = "/tmp/stormproof-armed"
OUTSIDE = "/tmp/canary-"
# In force on the source before anything is planted: pg_cron works only where it was loaded at the server's start.
SOURCE_SETTINGS = {
    "shared_preload_libraries": "pg_cron",
    "cron.database_name": "shop",
    "cron.use_background_workers": "on",
}


@dataclass(frozen=True)
class Plant:
    """Args:
    setting: a line of postgresql.conf, as (name, value).
    sql: run in the shop as its superuser.
    acts: SQL, in the naive copy as its superuser, after which the canary is there (`as_app`: as the application).
    called: the function may be called with a superuser's rights all the same, and is held back by the kernel alone.
    naive: False where nothing could be seen of it in a copy that is simply started.
    """

    setting: tuple[str, str] | None = None
    sql: str = ""
    acts: str = ""
    as_app: bool = False
    called: bool = False
    naive: bool = True


# Shared by the rows: the canary's own functions. `pure` may stand in an index or a check.
PREPARE = f"""
create schema evil;
grant usage on schema evil to public;
create function evil.fire(who text) returns boolean language plpgsql as $$
begin
  -- An error, even a caught one, in a comparison that an index asks for lets go of its lock: so nothing is tried in vain.
  if not pg_catalog.has_function_privilege('pg_catalog.pg_stat_file(text, boolean)', 'execute') then return true; end if;
  if (pg_catalog.pg_stat_file('{ARMED}', true)).size is not null then
    begin
      execute pg_catalog.format('copy (select 1) to %L', pg_catalog.current_setting('data_directory') || '/canary-' || who);
    exception when others then null; end;
    begin
      execute pg_catalog.format('copy (select 1) to program %L', 'echo fired >{OUTSIDE}' || who);
    exception when others then null; end;
  end if;
  return true;
end $$;
create function evil.pure(anyelement, who text) returns boolean language plpgsql immutable as $$ begin return evil.fire(who); end $$;
"""


def _on_readiness(name: str, body: str, definer: str = "security definer") -> str:
    return f"""create function evil.{name}() returns trigger language plpgsql {definer} as $$ begin {body} return new; end $$;
create trigger {name} before insert on stormproof.readiness for each row execute function evil.{name}();"""


@plants("event-trigger")
def event_trigger() -> Plant:
    return Plant(
        sql="""create function evil.on_ddl() returns event_trigger language plpgsql as $$ begin perform evil.fire('event-trigger'); end $$;
create event trigger "on ddl" on ddl_command_end execute function evil.on_ddl();""",
        acts="create table public.made_by_naive ();",
    )


@plants("event-trigger-always")
def event_trigger_always() -> Plant:
    """Fires in every session, also in one that says that it is a replica's."""
    return Plant(
        sql="""create function evil.on_ddl_always() returns event_trigger language plpgsql as $$ begin perform evil.fire('event-trigger-always'); end $$;
create event trigger "always on ddl" on ddl_command_start execute function evil.on_ddl_always();
alter event trigger "always on ddl" enable always;""",
        acts="set session_replication_role = replica; create table public.made_as_replica ();",
    )


@plants("trigger-runs-a-program")
def trigger_runs_a_program() -> Plant:
    program = f"copy (select 1) to program 'echo fired >{OUTSIDE}trigger-runs-a-program';"
    made = _on_readiness("leave", program)
    return Plant(
        sql=made,
        acts="insert into stormproof.readiness values ('naive');",
        as_app=True,
    )


@plants("trigger-runs-a-program-indirectly")
def trigger_runs_a_program_indirectly() -> Plant:
    made = _on_readiness("sneak", "perform evil.fire('trigger-runs-a-program-indirectly');")
    return Plant(sql=made, acts="insert into stormproof.readiness values ('naive');", as_app=True, called=True)


@plants("dblink-in-a-trigger")
def dblink_in_a_trigger() -> Plant:
    """Its canary is the connection's own error: the name that it was refused by, or the firewall."""
    body = "begin perform public.dblink_connect('call', 'host=10.255.255.1 port=443 user=x password=y connect_timeout=1'); exception when others then perform evil.fire('dblink-in-a-trigger'); end;"
    made = _on_readiness("call_out", body)
    return Plant(
        sql=f"create extension dblink schema public; {made}",
        acts="insert into stormproof.readiness values ('naive');",
        as_app=True,
    )


@plants("function-in-an-index")
def function_in_an_index() -> Plant:
    return Plant(
        sql="""create table public.indexed (id int primary key, name text); insert into public.indexed select g, 'n' || g from generate_series(1, 100) g;
create index indexed_evil on public.indexed (evil.pure(name, 'function-in-an-index'));""",
        acts="reindex table public.indexed;",
        called=True,  # amcheck computes an index's expressions with the rights of the table's owner, here the superuser
    )


@plants("operators-of-a-key")
def operators_of_a_key() -> Plant:
    def operator(sign: str, name: str, test: str) -> str:
        return f"""create function evil.{name}(evil.k, evil.k) returns boolean language plpgsql immutable as $$ begin perform evil.fire('operators-of-a-key'); return ($1).v {test} ($2).v; end $$;
create operator evil.{sign} (leftarg = evil.k, rightarg = evil.k, function = evil.{name}{", commutator = operator(evil.=)" if sign == "=" else ""});"""

    return Plant(
        sql="create type evil.k as (v int);"
        + "".join(operator(s, n, s) for s, n in (("<", "lt"), ("<=", "le"), ("=", "eq"), (">=", "ge"), (">", "gt")))
        + """create function evil.cmp(evil.k, evil.k) returns int language plpgsql immutable as $$ begin return sign(($1).v - ($2).v)::int; end $$;
create operator class evil.k_ops default for type evil.k using btree as operator 1 evil.<, operator 2 evil.<=, operator 3 evil.=, operator 4 evil.>=, operator 5 evil.>, function 1 evil.cmp(evil.k, evil.k);
create table public.keyed (k evil.k primary key); insert into public.keyed select row(g)::evil.k from generate_series(1, 20) g;
create table public.keying (k evil.k references public.keyed); insert into public.keying select row(g)::evil.k from generate_series(1, 20) g;""",
        acts="select count(*) from public.keying c where not exists (select from public.keyed p where p.k operator(evil.=) c.k);",
    )


@plants("functions-before-the-systems-own")
def shadowing() -> Plant:
    return Plant(
        sql="""create function evil.to_char(timestamptz, text) returns text language plpgsql as $$ begin perform evil.fire('functions-before-the-systems-own'); return ''; end $$;
create function evil.format(text, name, name) returns text language plpgsql as $$ begin perform evil.fire('functions-before-the-systems-own'); return ''; end $$;
create function evil.same(oid, oid) returns boolean language plpgsql as $$ begin perform evil.fire('functions-before-the-systems-own'); return false; end $$;
create operator evil.= (leftarg = oid, rightarg = oid, function = evil.same);
alter database shop set search_path = evil, pg_catalog, public;""",
        acts="set search_path = evil, pg_catalog; select to_char(now(), 'YYYY');",
    )


@plants("subscription")
def subscription() -> Plant:
    return Plant(
        sql="create subscription feed connection 'host=app-web dbname=x' publication p with (connect = false, slot_name = none);"
        "alter subscription feed set (slot_name = 'feed'); alter subscription feed enable;",
        acts="select evil.fire('subscription') from pg_subscription where subenabled;",
    )


@plants("foreign-server")
def foreign_server() -> Plant:
    return Plant(
        sql="""create extension postgres_fdw; create server elsewhere foreign data wrapper postgres_fdw options (host 'app-web', port '443');
create user mapping for public server elsewhere options (user 'x', password 'planted-word');""",
        acts="select evil.fire('foreign-server') from pg_user_mappings;",
    )


@plants("scheduled-job")
def scheduled_job() -> Plant:
    """pg_cron itself, which the source has loaded (SOURCE_SETTINGS). Its shortest schedule is the minute."""
    return Plant(
        sql="""create extension pg_cron; select cron.schedule('* * * * *', 'select evil.fire(''scheduled-job'')');""",
        acts="""do $$ begin for i in 1 .. 700 loop
exit when (pg_stat_file(current_setting('data_directory') || '/canary-scheduled-job', true)).size is not null;
perform pg_sleep(0.1); end loop; end $$;""",
    )


@plants("scheduled-job-trap")
def scheduled_job_trap() -> Plant:
    """In a database of its own: a table that looks like pg_cron's, and calls home when somebody switches its jobs off."""
    return Plant(
        sql=f"""create database trap; \\c trap
{PREPARE}
create schema cron; create table cron.job (jobid bigint, active boolean check (evil.pure(active, 'scheduled-job-trap'))); insert into cron.job values (1, true);
\\c shop
""",
        acts="\\c trap\nupdate cron.job set active = false;",
    )


@plants("untrusted-language")
def untrusted_language() -> Plant:
    return Plant(
        sql="create function evil.native() returns trigger language c as '$libdir/moddatetime', 'moddatetime';",
        acts="select evil.fire('untrusted-language') from pg_proc where proname = 'native';",
    )


@plants("database-preloads-a-library")
def database_preload() -> Plant:
    return Plant(
        sql="alter database shop set session_preload_libraries = 'auto_explain';",
        acts="select evil.fire('database-preloads-a-library') where current_setting('session_preload_libraries') = 'auto_explain';",
    )


@plants("role-changes-where-libraries-come-from")
def role_library_path() -> Plant:
    return Plant(
        sql="alter role shop_owner set dynamic_library_path = '/tmp/evil:$libdir';",
        acts="select evil.fire('role-changes-where-libraries-come-from') from pg_db_role_setting where 'dynamic_library_path=/tmp/evil:$libdir' = any (setconfig);",
    )


@plants("archive-command")
def archive_command() -> Plant:
    return Plant(
        setting=("archive_command", f"echo fired >{OUTSIDE}archive-command"),
        acts="select pg_switch_wal(); select pg_sleep(1.5);",
    )


@plants("recovery-end-command")
def recovery_end_command() -> Plant:
    return Plant(
        setting=("recovery_end_command", f"echo fired >{OUTSIDE}recovery-end-command"),
        acts="select 1;",
    )


def _in_force(name: str, value: str, row: str) -> Plant:
    """A setting whose being in force is what can be seen of it in a copy that is simply started."""
    return Plant(
        setting=(name, value),
        acts=f"select evil.fire('{row}') where (select setting from pg_file_settings where name = '{name}' order by seqno desc limit 1) = '{value}';",
    )


@plants("archive-library")
def archive_library() -> Plant:
    return _in_force("archive_library", "basic_archive", "archive-library")


@plants("restore-command")
def restore_command() -> Plant:
    return Plant(setting=("restore_command", f"echo fired >{OUTSIDE}restore-command; false"), naive=False)


@plants("archive-cleanup-command")
def archive_cleanup_command() -> Plant:
    return _in_force("archive_cleanup_command", f"echo fired >{OUTSIDE}x", "archive-cleanup-command")


@plants("shared-preload-libraries")
def shared_preload() -> Plant:
    return _in_force("shared_preload_libraries", "pg_cron", "shared-preload-libraries")


@plants("session-preload-libraries")
def session_preload() -> Plant:
    return _in_force("session_preload_libraries", "pg_trgm", "session-preload-libraries")


@plants("local-preload-libraries")
def local_preload() -> Plant:
    return Plant(setting=("local_preload_libraries", "pg_trgm"), naive=False)  # nobody could connect to such a copy


@plants("ssl-passphrase-command")
def ssl_passphrase_command() -> Plant:
    return _in_force("ssl_passphrase_command", f"echo fired >{OUTSIDE}y", "ssl-passphrase-command")


@plants("primary-conninfo")
def primary_conninfo() -> Plant:
    return _in_force("primary_conninfo", "host=app-primary user=x", "primary-conninfo")


@plants("synchronous-standby")
def synchronous_standby() -> Plant:
    return Plant(
        setting=("synchronous_standby_names", "nowhere"), naive=False
    )  # nothing could be written to such a copy


@plants("jit-library")
def jit_library() -> Plant:
    return _in_force("jit_provider", "evil_jit", "jit-library")


@plants("library-path")
def library_path() -> Plant:
    return _in_force("dynamic_library_path", "/tmp/evil:$libdir", "library-path")


@plants("tablespace-elsewhere")
def tablespace_elsewhere() -> Plant:
    return Plant(
        sql="create tablespace elsewhere location '/var/lib/postgresql/elsewhere'; create table public.far (id int) tablespace elsewhere; insert into public.far values (1);",
        acts="select evil.fire('tablespace-elsewhere') from pg_tablespace where spcname = 'elsewhere';",
    )
