# report.jq - build/bench.json: what figures.tsv asks, answered by the results.
#
# jq -n --rawfile figures F --rawfile results F --arg date D ... -f report.jq

def rows: split("\n") | map(select(. != "" and (startswith("#") | not))
  | split("\t"));
def number: if . == null or . == "" then null else tonumber end;

def verdict:
  if .value == null or .must == null or .sense == "plain" then null
  elif .sense == "least" then
    if .value >= .aim then "aim" elif .value >= .must then "ok"
    else "below" end
  elif .value <= .aim then "aim" elif .value <= .must then "ok"
  else "below" end;

($results | rows | map({key: .[0], value: .}) | from_entries) as $got
| { date: $date, machine: $machine, cores: ($cores | tonumber),
    kernel: $kernel, commit: $commit,
    rows: ($rows | tonumber), profiles: ($profiles | tonumber),
    pairs: ($pairs | tonumber),
    versions: ($versions | rows | map({key: .[0], value: .[1]})
      | from_entries),
    figures: [ $figures | rows[] | .[1] as $group
      | select($groups | split("[ \\n\\t]+"; "") | index($group))
      | ($got[.[0]] // [.[0], "", "", "", "", "", "not measured"]) as $r
      | { key: .[0], group: .[1], ours: .[2], theirs: .[3], unit: .[4],
          sense: .[5], must: (.[6] | number), aim: (.[7] | number),
          value: ($r[1] | number), low: ($r[2] | number),
          high: ($r[3] | number), our_rate: ($r[4] | number),
          their_rate: ($r[5] | number), note: ($r[6] // "") }
      | .verdict = verdict ] }
