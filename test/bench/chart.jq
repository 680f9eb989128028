# chart.jq - bench.svg from build/bench.json: rows a second, a panel a job, on
# one logarithmic scale.  jq -r -f chart.jq
#
# Readable in light and in dark, and without colours: ours is on top of its
# panel and bold, and every bar has its number.

def panels: [
  { group: "map", title: "Mapping 16 fields", note: "records of 420 bytes, one core" },
  { group: "validate", title: "Letting good addresses pass",
    note: "kl-validate checks all of JSON and every limit, too" },
  { group: "to-csv", title: "Profiles into a table", note: "1.3 KB, 24 columns, one core" },
  { group: "from-csv", title: "A table into records", note: "20 columns, one core" },
  { group: "pipe", title: "Table, map, check, chunks", note: "two cores" } ];

# Other data than the rest of its panel, or a measure that is no rate.
def elsewhere: .key | test("-(odd|other)\\.|\\.csvkit$|\\.wc$|\\.fused$")
  and (startswith("from-csv.") | not) or test("-(odd|other)\\.");

def median: sort | .[length / 2 | floor];
def esc: tostring | gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;");
def digits($d): . * pow(10; $d) | round / pow(10; $d) | tostring;
def human:
  if . >= 1e6 then (. / 1e6 | digits(2)) + " M"
  elif . >= 1e4 then (. / 1e3 | digits(0)) + " k"
  elif . >= 1e3 then (. / 1e3 | digits(1)) + " k" else digits(0) end;
def times: if . >= 10 then digits(0) else digits(1) end + " ×";

def left: 216;
def span: 400;
def low: 3;	# 1,000 rows a second
def high: 7;
def x: [[(. | log10), low] | max, high] | min | (. - low) / (high - low) * span
  | digits(1) | tonumber;

# Bars of a panel: ours first, then theirs from fast to slow.
def bars($figures):
  [$figures[] | select(.our_rate != null and (elsewhere | not))] as $f
  | if $f == [] then [] else
      [{name: $f[0].ours, rate: ([$f[].our_rate] | median), ours: true}]
      + ([$f[] | {name: .theirs, rate: .their_rate, ours: false,
          factor: (if .sense == "most" then 1 / .value else .value end)}]
        | sort_by(-.rate)) end;

def bar($y):
  (.rate | x) as $w
  | "<text class=\"name\(if .ours then " kl" else "" end)\" x=\"\(left - 10)\" "
    + "y=\"\($y + 13)\">\(.name | esc)</text>"
    + "<rect class=\"\(if .ours then "ours" else "theirs" end)\" x=\"\(left)\" "
    + "y=\"\($y + 2)\" width=\"\([$w, 1] | max)\" height=\"14\" rx=\"2\"/>"
    + "<text class=\"rate\(if .ours then " kl" else "" end)\" "
    + "x=\"\(left + $w + 8)\" y=\"\($y + 13)\">\(.rate | human)"
    + (if .ours then "" else "<tspan class=\"factor\" dx=\"10\">"
        + "kl \(.factor | times)</tspan>" end) + "</text>";

def grid($top; $bottom):
  range(low; high + 1) | (left + (. - low) / (high - low) * span) as $x
  | "<line class=\"grid\" x1=\"\($x)\" x2=\"\($x)\" y1=\"\($top)\" y2=\"\($bottom)\"/>"
    + "<text class=\"tick\" x=\"\($x)\" y=\"\($top - 6)\">"
    + "\(["1 k", "10 k", "100 k", "1 M", "10 M"][. - low])</text>";

def style: "<style>
text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1f2328;
  paint-order:stroke;stroke:#fff;stroke-width:4px}
.back{fill:#fff;stroke:#d1d9e0}.grid{stroke:#d1d9e0}
.title{font-size:17px;font-weight:600}.job{font-weight:600}
.note,.tick,.factor{fill:#59636e;font-size:12px;font-weight:400}.tick{text-anchor:middle}
.name{text-anchor:end}.kl{font-weight:700}
.ours{fill:#0969da}.theirs{fill:#8b949e}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc;stroke:#0d1117}
.back{fill:#0d1117;stroke:#3d444d}.grid{stroke:#30363d}
.note,.tick,.factor{fill:#9da7b1}.ours{fill:#4493f8}.theirs{fill:#6e7681}}
</style>";

. as $b
| [panels[] | . as $p
    | {title, note, bars: bars([$b.figures[] | select(.group == $p.group)])}
    | select(.bars != [])]
| reduce .[] as $p ({y: 104, out: []};
    .y as $y
    | .out += [{y: $y, panel: $p}]
    | .y += 24 + 20 * ($p.bars | length) + 18)
| .y as $bottom
| "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"760\" "
  + "height=\"\($bottom + 26)\" viewBox=\"0 0 760 \($bottom + 26)\" "
  + "aria-labelledby=\"t d\">",
"<title id=\"t\">Rows a second: kl and what else does the same work</title>",
"<desc id=\"d\">" + ([.out[].panel | "\(.title): "
    + ([.bars[] | "\(.name) \(.rate | human)"
        + if .ours then "" else " (kl \(.factor | times))" end] | join(", "))]
    | join(". ") | esc) + "</desc>",
style,
"<rect class=\"back\" x=\".5\" y=\".5\" width=\"759\" height=\"\($bottom + 25)\" rx=\"8\"/>",
"<text class=\"title\" x=\"24\" y=\"34\">Rows a second, logarithmic scale</text>",
"<text class=\"note\" x=\"24\" y=\"54\">\($b.date), \($b.machine | esc), "
  + "\($b.cores) cores; medians of \($b.pairs) pairs of runs, outputs compared "
  + "first; commit \($b.commit | esc)</text>",
grid(90; $bottom - 8),
(.out[] | .y as $y | .panel
  | "<text class=\"job\" x=\"24\" y=\"\($y + 14)\">\(.title | esc)"
    + "<tspan class=\"note\" dx=\"10\">\(.note | esc)</tspan></text>",
  (.bars | to_entries[] | .key as $i | .value | bar($y + 24 + 20 * $i))),
"<text class=\"note\" x=\"24\" y=\"\($bottom + 8)\">"
  + "jq \($b.versions.jq // "-"), Miller \($b.versions.Miller // "-"), "
  + "node \($b.versions.node // "-"), DuckDB \($b.versions.DuckDB // "-"). "
  + "To see it on your machine: make bench</text>",
"</svg>"
