-- Once: the table, a column that holds all of a record.
create table if not exists klaviyo_suppressions (data super not null);
-- Each time, after a copy of the folder to S3 (zstd: zstd in place of gzip):
copy klaviyo_suppressions
    from 's3://BUCKET/suppressions/'
    iam_role default
    format json 'noshred'
    gzip;
