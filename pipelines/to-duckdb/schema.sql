-- The tables, by the names that people know from others who load Klaviyo into
-- warehouses.  data has everything the service sends, as it was.
create table if not exists list (
    id varchar primary key,
    name varchar,
    created timestamptz,
    updated timestamptz,
    opt_in_process varchar,
    data json not null
);

create table if not exists segment (
    id varchar primary key,
    name varchar,
    created timestamptz,
    updated timestamptz,
    is_active boolean,
    data json not null
);

create table if not exists metric (
    id varchar primary key,
    name varchar,
    created timestamptz,
    updated timestamptz,
    integration varchar,
    data json not null
);

create table if not exists person (
    id varchar primary key,
    email varchar,
    phone_number varchar,
    external_id varchar,
    first_name varchar,
    last_name varchar,
    created timestamptz,
    updated timestamptz,
    data json not null
);

create table if not exists list_person (
    list_id varchar not null,
    person_id varchar not null,
    joined timestamptz,
    primary key (list_id, person_id)
);

create table if not exists segment_person (
    segment_id varchar not null,
    person_id varchar not null,
    joined timestamptz,
    primary key (segment_id, person_id)
);

create table if not exists event (
    id varchar primary key,
    datetime timestamptz,
    uuid varchar,
    metric_id varchar,
    person_id varchar,
    data json not null
);

create table if not exists global_exclusion (
    person_id varchar not null,
    reason varchar not null,
    email varchar,
    since timestamptz,
    data json not null,
    primary key (person_id, reason)
);

create table if not exists list_exclusion (
    list_id varchar not null,
    person_id varchar not null,
    reason varchar not null,
    email varchar,
    since timestamptz,
    data json not null,
    primary key (list_id, person_id, reason)
);

-- Who may be sent marketing mail, if not why, and since when.  It needs
-- profiles or members pulled with subscriptions.
create or replace view email_consent as
select
    id,
    email,
    (m ->> '$.can_receive_email_marketing')::boolean as may_be_mailed,
    m ->> '$.consent' as consent,
    m ->> '$.method' as method,
    (m ->> '$.consent_timestamp')::timestamptz as consented,
    m ->> '$.suppression[0].reason' as suppressed_for,
    (m ->> '$.suppression[0].timestamp')::timestamptz as suppressed
from (
    select id, email, data -> '$.subscriptions.email.marketing' as m
    from person
)
where m is not null;

