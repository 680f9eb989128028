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

