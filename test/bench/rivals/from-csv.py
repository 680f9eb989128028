"""Rows into records, with the standard library."""
import csv
import json
import sys

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
write = sys.stdout.write
with open(0, newline="", encoding="utf-8") as table:
    for row in csv.DictReader(table):
        write(encode(row) + "\n")
