-- A record a line, imported next.
create temporary table line (data text);
.mode ascii
.separator "\001" "\n"
