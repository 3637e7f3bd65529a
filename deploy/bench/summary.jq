# Samples {peer, measure, round, value} to figures: {measure: {peer: {median, low, high, ratio: {median, low, high} to route in the same round}}}.
def spread: sort | {median: (if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end), low: first, high: last};
def figures:
    . as $all
    | (map(select(.peer == "route")) | INDEX("\(.measure) \(.round)")) as $base
    | group_by(.measure)
    | map({key: first.measure, value: (group_by(.peer) | map({key: first.peer, value: (
        (map(.value) | spread)
        + {ratio: (map((.value / (($base["\(.measure) \(.round)"].value // 0) | select(. > 0)))?) | if length > 0 then spread else null end)})}) | from_entries)})
    | from_entries;

def round2: . * 100 | round / 100;
def text: if . >= 1000 then round | tostring elif . >= 10 then . * 10 | round / 10 | tostring else . * 1000 | round / 1000 | tostring end;
def pad($n): tostring | . + (" " * ([$n - length, 1] | max));

# A line for each measure, a column for each peer: median, and ratio to route.
def table($measures; $peers):
    . as $f
    | ("" | pad(10)) + ($peers | map(pad(17)) | add),
      ($measures[] as $m | ($m | pad(10)) + ($peers | map($f[$m][.] as $c
        | (if $c == null then "-" else ($c.median | text) + (if $c.ratio then " x\($c.ratio.median | round2)" else "" end) end) | pad(17)) | add));

def ranges($measures; $peers):
    . as $f | $measures[] as $m | $peers[] as $p | $f[$m][$p] | select(. != null)
    | ($m | pad(10)) + ($p | pad(9)) + ("\(.median | text) (\(.low | text)-\(.high | text))" | pad(30))
        + (if .ratio then "x \(.ratio.median | round2) (\(.ratio.low | round2)-\(.ratio.high | round2))" else "" end);

# What issue 3.D asks for: [measure, peer, operator, bound, peer that it is compared with].
def bars:
    . as $f
    | [["udp", "packet", ">=", 1.2, "route"], ["own", "packet", ">=", 1.2, "route"], ["own", "xdp", ">=", 2.5, "route"], ["up", "packet", ">=", 1.0, "route"],
       ["down", "packet", ">=", 1.0, "route"], ["http", "packet", ">=", 1.05, "route"], ["http", "java", ">=", 0.8, "route"],
       ["requests", "proxy", ">=", 0.9, "haproxy"], ["echo", "packet", "<=", 3, "nft"]][]
    | . as [$m, $p, $op, $bound, $other]
    | ($f[$m][$p].median // null) as $a | ($f[$m][$other].median // null) as $b | select($a != null and $b != null and $b > 0)
    | (if $other == "route" then $f[$m][$p].ratio.median else $a / $b end) as $q
    | {measure: $m, peer: $p, to: $other, ratio: ($q | round2), bound: "\($op) \($bound)",
       reached: (if $op == ">=" then $q >= $bound else $q <= $bound end)};
