-- The tables, by the names that people know from others who load Klaviyo into
-- warehouses.  data has everything the service sends.
set client_min_messages = warning;

create schema if not exists klaviyo;

create table if not exists klaviyo.list (
    id text primary key,
    name text,
    created timestamptz,
    updated timestamptz,
    opt_in_process text,
    data jsonb not null
);

create table if not exists klaviyo.segment (
    id text primary key,
    name text,
    created timestamptz,
    updated timestamptz,
    is_active boolean,
    data jsonb not null
);

create table if not exists klaviyo.metric (
    id text primary key,
    name text,
    created timestamptz,
    updated timestamptz,
    integration text,
    data jsonb not null
);

create table if not exists klaviyo.person (
    id text primary key,
    email text,
    phone_number text,
    external_id text,
    first_name text,
    last_name text,
    created timestamptz,
    updated timestamptz,
    data jsonb not null
);
create index if not exists person_email on klaviyo.person (lower(email));

create table if not exists klaviyo.list_person (
    list_id text not null,
    person_id text not null,
    joined timestamptz,
    primary key (list_id, person_id)
);

create table if not exists klaviyo.segment_person (
    segment_id text not null,
    person_id text not null,
    joined timestamptz,
    primary key (segment_id, person_id)
);

create table if not exists klaviyo.event (
    id text primary key,
    datetime timestamptz,
    uuid text,
    metric_id text,
    person_id text,
    data jsonb not null
);
create index if not exists event_datetime on klaviyo.event (datetime);
create index if not exists event_person on klaviyo.event (person_id);

create table if not exists klaviyo.global_exclusion (
    person_id text not null,
    reason text not null,
    email text,
    since timestamptz,
    data jsonb not null,
    primary key (person_id, reason)
);

create table if not exists klaviyo.list_exclusion (
    list_id text not null,
    person_id text not null,
    reason text not null,
    email text,
    since timestamptz,
    data jsonb not null,
    primary key (list_id, person_id, reason)
);

-- Who may be sent marketing mail, if not why, and since when.  It needs
-- profiles or members pulled with subscriptions.
create or replace view klaviyo.email_consent as
select
    id,
    email,
    (m ->> 'can_receive_email_marketing')::boolean as may_be_mailed,
    m ->> 'consent' as consent,
    m ->> 'method' as method,
    (m ->> 'consent_timestamp')::timestamptz as consented,
    m #>> '{suppression,0,reason}' as suppressed_for,
    (m #>> '{suppression,0,timestamp}')::timestamptz as suppressed
from (
    select id, email, data #> '{subscriptions,email,marketing}' as m
    from klaviyo.person
) as p
where m is not null;
