# table.jq - build/bench.json for people: jq -r -f table.jq.

def pad($n): . + " " * ($n - length);
def lpad($n): " " * ($n - length) + .;
def fixed($d): if . < 0 then "-" + (-. | fixed($d)) else . * pow(10; $d) | round + 0 | tostring
  | if $d == 0 then .
    else if length <= $d then "0" * ($d + 1 - length) + . else . end
      | .[:-$d] + "." + .[-$d:] end end;
# Three digits that say something.
def short:
  if . == null then "" elif . >= 1e6 then (. / 1e6 | fixed(2)) + " M"
  elif . >= 1e5 then (. / 1e3 | fixed(0)) + " k"
  elif . >= 1e4 then (. / 1e3 | fixed(1)) + " k"
  elif . >= 100 then fixed(0) elif . >= 10 then fixed(1) else fixed(2) end;
def verdict:
  if .note != "" and .value == null then .note
  elif .verdict == "below" then "BELOW" elif .verdict == "aim" then "ok, aim"
  else .verdict // "" end;

def line($a; $b; $c; $d; $e; $f; $g; $h):
  ($a | pad(46)) + ($b | lpad(9)) + " " + ($c | pad(6)) + ($d | lpad(7))
  + ($e | lpad(8)) + ($f | lpad(15)) + ($g | lpad(9)) + ($h | lpad(9));

"\(.machine), \(.cores) cores, Linux \(.kernel); \(.date); \(.commit)",
"\(.rows) rows, \(.profiles) profiles, medians of \(.pairs) pairs",
(if .rows < 500000 or .pairs < 7 then
  "A trial: with so few rows or pairs no figure is to be quoted." else empty end),
(.versions | to_entries | map("\(.key) \(.value)") | join(", ")),
"",
(line("  what"; "figure"; ""; "must"; "aim"; "from - to"; "ours/s"; "theirs/s")
  + "  verdict"),
(.figures | range(length) as $i
  | (if $i == 0 or .[$i - 1].group != .[$i].group then
      "", .[$i].group else empty end),
    (.[$i] | line("  " + .ours + (if .theirs != "" then " : " + .theirs else "" end);
      (.value | short); .unit;
      (if .must == null then "" else (.must | short) end);
      (if .aim == null then "" else (.aim | short) end);
      (if .low == null then "" else "\(.low | short)-\(.high | short)" end);
      (.our_rate | short); (.their_rate | short))
    + "  " + verdict
    + (if .note != "" and .value != null then " (\(.note))" else "" end)
    | sub(" +$"; ""))),
"",
([.figures[].verdict] | "\(map(select(. == "aim")) | length) at the aim, "
  + "\(map(select(. == "ok")) | length) at what must be, "
  + "\(map(select(. == "below")) | length) below; ")
+ "\([.figures[] | select(.value == null)] | length) without a figure"
