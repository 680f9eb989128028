"""The same as map.json says, with the json of the standard library."""
import json
import sys

PROPERTIES = ("Plan", "SignedUp", "Orders", "Store", "OptIn")


def mapped(row):
    get = row.get
    return {
        "email": get("Email").strip().lower(),
        "first_name": get("FirstName"),
        "last_name": get("LastName"),
        "external_id": get("CustomerId"),
        "organization": get("Company"),
        "locale": get("Language"),
        "location": {
            "address1": get("Street"),
            "city": get("City"),
            "region": get("State"),
            "country": get("Country"),
            "zip": get("Zip"),
        },
        "properties": {name: get(name) for name in PROPERTIES},
    }


encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
decode = json.JSONDecoder().decode
write = sys.stdout.write
for line in sys.stdin:
    write(encode(mapped(decode(line))) + "\n")
