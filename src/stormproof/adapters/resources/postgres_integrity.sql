-- Every foreign key rechecked by an anti-join, every sequence held against the columns that it feeds: counts only.
-- Generated statement by statement under a savepoint, so that locks are given back as we go.
begin isolation level repeatable read read only;
\if :ask_foreign_keys
with relation as (
  select c.oid, case c.relkind when 'p' then '' else 'only ' end || format('%I.%I', n.nspname, c.relname) as named,
         format('%I.%I', n.nspname, c.relname) as bare
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'),
key as (
  select k.oid, format('%s.%I', child.bare, k.conname) as named, k.convalidated, child.named as child, parent.named as parent,
    (select count(*) from pg_trigger g where g.tgconstraint = k.oid and g.tgenabled in ('D', 'R')) as disabled,
    string_agg(format('p.%I operator(%I.%s) c.%I', pa.attname, opn.nspname, op.oprname, ca.attname), ' and ' order by i) as fits,
    string_agg(format('c.%I is not null', ca.attname), case k.confmatchtype when 'f' then ' or ' else ' and ' end order by i) as given
  from pg_constraint k join relation child on child.oid = k.conrelid join relation parent on parent.oid = k.confrelid
  cross join lateral generate_subscripts(k.conkey, 1) i
  join pg_attribute ca on ca.attrelid = k.conrelid and ca.attnum = k.conkey[i]
  join pg_attribute pa on pa.attrelid = k.confrelid and pa.attnum = k.confkey[i]
  join pg_operator op on op.oid = k.conpfeqop[i] join pg_namespace opn on opn.oid = op.oprnamespace
  where k.contype = 'f' and k.conparentid = 0
  group by k.oid, child.bare, k.conname, k.convalidated, child.named, parent.named, k.confmatchtype)
select statement from (
  select oid, 1 as step, 'savepoint asked' as statement from key
  union all
  select oid, 2, format('select json_build_object(''foreign_key'', %L, ''orphans'', count(*), ''validated'', %L::boolean, ''disabled'', %s) '
    'from %s c where (%s) and not exists (select from %s p where %s)', named, convalidated, disabled, child, given, parent, fits) from key
  union all
  select oid, 3, 'rollback to savepoint asked' from key) ordered order by oid, step
\gexec
\endif
\if :ask_sequences
with feeds as (
  select d.objid as sequence, d.refobjid as relation, d.refobjsubid::int as place
  from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') and d.refobjsubid > 0
  union
  select d.refobjid, a.adrelid, a.adnum::int
  from pg_depend d join pg_attrdef a on a.oid = d.objid join pg_class s on s.oid = d.refobjid and s.relkind = 'S'
  where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass),
use as (
  select row_number() over (order by f.sequence, f.relation, f.place) as number, f.sequence as oid,
    format('%I.%I', sn.nspname, s.relname) as sequence, q.seqincrement, q.seqcycle,
    case r.relkind when 'p' then '' else 'only ' end || format('%I.%I', rn.nspname, r.relname) as relation,
    format('%I.%I.%I', rn.nspname, r.relname, a.attname) as named, a.attname,
    exists (select from pg_index x where x.indrelid = r.oid and x.indisunique and a.attnum = any (x.indkey)) as is_unique
  from feeds f join pg_class s on s.oid = f.sequence join pg_namespace sn on sn.oid = s.relnamespace join pg_sequence q on q.seqrelid = s.oid
  join pg_class r on r.oid = f.relation and r.relkind in ('r', 'p') and not r.relispartition and r.relpersistence <> 't'
  join pg_namespace rn on rn.oid = r.relnamespace
  join pg_attribute a on a.attrelid = r.oid and a.attnum = f.place and a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
  where s.relpersistence = 'p' and rn.nspname !~ '^pg_')
select statement from (
  select number, 1 as step, 'savepoint asked' as statement from use
  union all
  select number, 2, format('select json_build_object(''sequence'', %L, ''column'', %L, ''last'', coalesce(pg_sequence_last_value(%s), 0), '
    '''increment'', %s, ''cycle'', %L::boolean, ''unique'', %L::boolean, ''extreme'', %s(%I)) from %s',
    sequence, named, oid, seqincrement, seqcycle, is_unique, case when seqincrement > 0 then 'max' else 'min' end, attname, relation) from use
  union all
  select number, 3, 'rollback to savepoint asked' from use) ordered order by number, step
\gexec
\endif
select json_build_object('end', true);
rollback;
