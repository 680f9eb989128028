# pull.jq - what a service's log says of one who reads as fast as it may.
#
# jq -n --arg op get_profiles --argjson limit 750 -f pull.jq LOG
#
# The log is that of kl-sandbox.  Minutes are counted from the first request of
# the operation; the first of them does not count, as all of its limit may be
# had at once, nor does the last, which is not complete.

def at: (.t[0:19] + "Z" | fromdate) + (.t[19:26] | tonumber);
def hundredths: . * 100 | round / 100;

[inputs | select(.op == $op) | {at: at, status}]
| (.[0].at // 0) as $first | map(.at -= $first)
| ([((map(.at) | max // 0) / 60 | floor), 1] | max) as $n
| [range(1; $n) as $w | map(select(.status < 300
    and .at >= 60 * $w and .at < 60 * ($w + 1))) | length] as $each
| { each: $each,
    used: (if $each == [] then null else
      ($each | add) * 100 / ($limit * ($each | length)) | hundredths end),
    low: (if $each == [] then null else
      ($each | min) * 100 / $limit | hundredths end),
    high: (if $each == [] then null else
      ($each | max) * 100 / $limit | hundredths end),
    refused: (if length == 0 then null else
      (map(select(.status == 429)) | length) * 100 / length
      | hundredths end) }
