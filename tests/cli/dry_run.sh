# --dry-run and --estimate say what an ingest would do and write nothing: no store, no change in one.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 12

want_json 0 'o["dry_run"] and o["samples"] == 24 and o["encoded"] == 24 and not o["sealed"]' \
    ingest store pics --dry-run
[ ! -e store ] || fail "a dry run made a store"
want_json 0 'o["estimate"]["bytes"] > 0 and o["estimate"]["seconds"] >= 0
    and o["estimate"]["disk_free_bytes"] > 0' ingest store pics --estimate
[ ! -e store ] || fail "an estimate made a store"
want 0 ingest store pics --estimate
in_out "are free there"

"$FEATCACHE" ingest store pics >/dev/null 2>&1 || fail ingest
echo "another text" >pics/bird/bird0.txt
rm pics/fish/fish1.txt
before=$(cksum <store/data.mdb)
want_json 0 'o["encoded"] == 1 and o["samples"] == 23 and not o["sealed"]' ingest store pics --dry-run
want 0 ingest store pics --dry-run
in_out "nothing was written"
want 0 ingest store pics --estimate
[ "$before" = "$(cksum <store/data.mdb)" ] || fail "the store has changed"
[ "$(ls | grep -c store)" -eq 1 ] || fail "something lies beside the store: $(ls)"

# What a first sample shows to fail is in the counts, as in those of the real run.
make_source torn 8
for f in torn/*/*.png; do head -c 60 "$f" >"$f.cut" && mv "$f.cut" "$f"; done
settle
want_json 1 'o["failed"] == 8 and o["encoded"] == 8' ingest torn.store torn --estimate
in_err "0.png: "
want_json 1 'o["failed"] == 8 and o["encoded"] == 8' ingest torn.store torn

# Stopped before it has seen the source, an estimate knows nothing and says so.
mkdir many
for i in $(seq 3000); do echo "text $i of many words" >"many/$i.txt"; done
python3 - "$FEATCACHE" <<'END' >out 2>err || fail "an estimate that is stopped"
import os, signal, subprocess, sys
p = subprocess.Popen([sys.argv[1], "ingest", "no.store", "many", "--estimate", "--progress=always"],
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
os.read(p.stderr.fileno(), 10)
p.send_signal(signal.SIGINT)
sys.stdout.write(p.communicate(timeout=60)[0].decode())
sys.exit(0 if p.returncode in (0, 3) else 1)
END
if ! grep -q "are free there" out; then # it was not too late to stop it
    in_out "not known: stopped before all of the source was seen"
fi

# Counting anew is not looked ahead: it says so.
printf 'name: rare\nmodality: text\nencoder: builtin/hashtext\nparams: { idf: true }\n' >rare.yaml
want 0 ingest rare.store many --limit 20 --encoder rare.yaml
want 0 ingest rare.store many --limit 20 --encoder rare.yaml --refit --dry-run
in_err "rare: what it learns is counted by the ingest itself"
