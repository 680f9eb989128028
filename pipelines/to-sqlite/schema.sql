-- The tables, by the names that people know from others who load Klaviyo into
-- warehouses.  Times are as the service writes them; data has everything it
-- sends, as it was.
create table if not exists list (
    id text primary key,
    name text,
    created text,
    updated text,
    opt_in_process text,
    data text not null
);

create table if not exists segment (
    id text primary key,
    name text,
    created text,
    updated text,
    is_active integer,
    data text not null
);

create table if not exists metric (
    id text primary key,
    name text,
    created text,
    updated text,
    integration text,
    data text not null
);

create table if not exists person (
    id text primary key,
    email text,
    phone_number text,
    external_id text,
    first_name text,
    last_name text,
    created text,
    updated text,
    data text not null
);
create index if not exists person_email on person (email collate nocase);

create table if not exists list_person (
    list_id text not null,
    person_id text not null,
    joined text,
    primary key (list_id, person_id)
) without rowid;

create table if not exists segment_person (
    segment_id text not null,
    person_id text not null,
    joined text,
    primary key (segment_id, person_id)
) without rowid;

create table if not exists event (
    id text primary key,
    datetime text,
    uuid text,
    metric_id text,
    person_id text,
    data text not null
);
create index if not exists event_datetime on event (datetime);
create index if not exists event_person on event (person_id);

create table if not exists global_exclusion (
    person_id text not null,
    reason text not null,
    email text,
    since text,
    data text not null,
    primary key (person_id, reason)
) without rowid;

create table if not exists list_exclusion (
    list_id text not null,
    person_id text not null,
    reason text not null,
    email text,
    since text,
    data text not null,
    primary key (list_id, person_id, reason)
) without rowid;

-- Who may be sent marketing mail, if not why, and since when.  It needs
-- profiles or members pulled with subscriptions.
create view if not exists email_consent as
select
    id,
    email,
    m ->> 'can_receive_email_marketing' as may_be_mailed,
    m ->> 'consent' as consent,
    m ->> 'method' as method,
    m ->> 'consent_timestamp' as consented,
    m ->> '$.suppression[0].reason' as suppressed_for,
    m ->> '$.suppression[0].timestamp' as suppressed
from (
    select id, email, data -> '$.subscriptions.email.marketing' as m
    from person
)
where m is not null;
