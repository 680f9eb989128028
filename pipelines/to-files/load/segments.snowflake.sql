-- Once: the table, a column that holds all of a record.
create table if not exists klaviyo_segments (data variant not null);
-- Each time, after PUT of the folder into the stage of the table:
copy into klaviyo_segments
    from @%klaviyo_segments
    file_format = (type = json)
    pattern = '.*[.]ndjson[.](gz|zst)'
    on_error = abort_statement;
