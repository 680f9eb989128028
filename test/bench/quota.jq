# quota.jq - what a service's log says of those who share one limit.
#
# jq -n --argjson limit 150 --argjson latency 50 --argjson groups '["a"]' \
#	--arg op bulk_import_profiles --argjson from 0 -f quota.jq LOG
#
# The log is that of kl-sandbox, of which only operation op is looked at.  Key
# i is of group groups[i - 1]: who is in one group knows what the others were
# told; null is a stranger, who does as it likes.  What is counted begins from
# seconds after the first request, in windows of a minute; the very first
# window does not count, nor does the last, which is not complete.

def at: (.t[0:19] + "Z" | fromdate) + (.t[19:26] | tonumber);
def percent($whole): if $whole == 0 then 0 else . * 100 / $whole end;
def hundredths: . * 100 | round / 100;
def good: .status < 300;
def refused: .status == 429;

[inputs | select(.op == $op and .key != null)
  | {at: at, key, group: $groups[.key - 1], status, wait: .retry_after}]
| sort_by(.at)
| (.[0].at // 0) as $first | map(.at -= $first)
| (if $from == 0 then 60 else $from end) as $low
| ([((.[-1].at // 0) - $low) / 60 | floor, 0] | max) as $n
| map(select(.group != null)) as $ours
| map(select(.at >= $low and .at < $low + 60 * $n)) as $counted
| ($ours | map(select(.at >= $from))) as $judged

# A refusal was told once its answer was there, and 0.1 s for it to be read.
| ([$ours[] | select(refused) as $r
    | ($r.at + $latency / 1000) as $told | $ours[]
    | select(.group == $r.group and .at > $told + 0.1
      and .at < $told + $r.wait - 0.005)] | unique | length) as $early

| [range($n) as $w | $counted | map(select(good and .at >= $low + 60 * $w
    and .at < $low + 60 * ($w + 1))) | length] as $each
| { windows: $n, each: $each, early: $early,
    used: ($each | add // 0 | percent($limit * $n) | hundredths),
    low: ($each | min // 0 | percent($limit) | hundredths),
    high: ($each | max // 0 | percent($limit) | hundredths),
    shares: [$groups | to_entries[] | (.key + 1) as $key
      | $counted | map(select(good and .key == $key)) | length
      | percent($limit * $n) | hundredths],
    refused: ($judged | map(select(refused)) | length
      | percent($judged | length) | hundredths),
    granted: ($counted | map(select(.group == null))
      | length as $asked | map(select(good)) | length
      | percent($asked) | hundredths) }
