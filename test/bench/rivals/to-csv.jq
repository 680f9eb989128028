# The columns of columns.txt.
[.id, .email, .phone_number, .external_id, .first_name, .last_name,
 .organization, .locale, .title, .image, .created, .updated, .last_event_date,
 .location.address1, .location.city, .location.region, .location.country,
 .location.zip, .location.latitude, .location.longitude, .location.timezone,
 .properties.Plan, .properties.Orders, .properties.Favourite]
| @csv
