# featcache audit diff: measures with their intervals, words, what is on one side only, elements by
# name whatever their order; reports that are none are refused.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3

cat >a.json <<'END'
{"schema": "featcache.audit.drift/1", "verdict": "compatible", "n": 100, "seconds": 1.5,
 "overall": {"cka": {"value": 0.99, "low": 0.98, "high": 1.0, "null": 0.01},
             "knn": {"value": 0.9, "low": 0.8, "high": 0.95, "null": 0.01}, "same": 3},
 "groups": [{"by": "dataset", "is": "birds", "n": 60}, {"by": "dataset", "is": "fish", "n": 40}],
 "list": [1, 2], "gone": {"x": 1}}
END
cat >b.json <<'END'
{"schema": "featcache.audit.drift/1", "verdict": "re-encode", "n": 100, "seconds": 2.5,
 "overall": {"cka": {"value": 0.5, "low": 0.45, "high": 0.55, "null": 0.01},
             "knn": {"value": 0.88, "low": 0.79, "high": 0.93, "null": 0.01}, "same": 3},
 "groups": [{"by": "dataset", "is": "fish", "n": 40}, {"by": "dataset", "is": "birds", "n": 61}],
 "list": [1, 2, 3], "new\u001b": null}
END

want_json 0 "o['changed'] == 7 and o['same'] == 10 and {c['path']: (c.get('from'), c.get('to'), c.get('apart'), c.get('difference')) for c in o['changes']} == {
    'verdict': ('compatible', 're-encode', None, None), 'overall.cka': (0.99, 0.5, True, -0.49),
    'overall.knn': (0.9, 0.88, False, -0.02), 'groups[dataset/birds].n': (60, 61, None, 1),
    'list[2]': (None, 3, None, None), 'gone': ('{...}', None, None, None), 'new\x1b': (None, None, None, None)}" audit diff a.json b.json
want 0 audit diff a.json b.json
in_out "compatible -> re-encode"
in_out "(-0.49; intervals apart)"
in_out "(-0.02; intervals overlap)"
in_err "7 figures and words differ, 10 are the same"
! grep -q "$(printf '\033')" out || fail "a control character of a report reaches the terminal"
want 1 audit diff a.json b.json --exit-code
want 0 audit diff a.json a.json --exit-code
[ ! -s out ] || fail "equal reports differ"

sed 's/audit.drift/audit.space/' b.json >other.json
want 2 audit diff a.json other.json
in_err "not reports of one audit"
echo '{"schema": "featcache.stat/1"}' >stat.json
want 4 audit diff a.json stat.json
in_err "stat.json: no report of an audit: its schema is featcache.stat/1"
printf '{"schema": "featcache.audit.drift/1",\n"n": }' >torn.json
want 4 audit diff torn.json b.json
in_err "torn.json:2: not JSON"
echo '[1]' >list.json
want 4 audit diff list.json b.json
want 2 audit diff absent.json b.json
in_err "absent.json"
mkdir folder
want 3 audit diff folder b.json
python3 -c 'print("[" * 100000)' >deep.json
want 4 audit diff deep.json b.json
head -c 70000000 /dev/zero | tr '\0' ' ' >large.json
want 4 audit diff large.json b.json
in_err "larger than 64 MiB"
