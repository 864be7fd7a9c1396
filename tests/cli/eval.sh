# eval: labels that the features tell apart are found again, labels that they cannot are not, and
# what guessing would give stands beside it.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 48
python3 - <<'END'
import random
lines = open("pics.csv").read().splitlines()
r = random.Random(3)
with open("pics.csv", "w") as f:
    f.write(lines[0] + ",coin\n")
    for l in lines[1:]:
        f.write(l + "," + r.choice(["heads", "tails"]) + "\n")
END
"$FEATCACHE" ingest store pics.csv --dataset pics >/dev/null 2>&1 || fail ingest

want_json 0 'o["schema"] == "featcache.eval-label/1" and o["accuracy"] > 0.9 and o["queries"] == 48
    and o["gallery"] in (47, 48) and o["labels"] == 4 and o["majority"] == 0.25 and o["k"] == 1
    and o["interval"][0] < o["accuracy"] <= o["interval"][1] <= 1' \
    eval store --encoder hog --output grid --label kind
want_json 0 'o["accuracy"] > 0.9 and o["queries"] == 16 and o["gallery"] == 32 and o["k"] == 3' \
    eval store --encoder hashtext --label kind -k 3 --gallery-split train --split test --dataset pics
want_json 0 'o["accuracy"] < 0.8 and o["interval"][0] < o["majority"] + 0.15' \
    eval store --encoder hog --label coin
want 0 eval store --encoder hog --label kind --progress=never
in_out "accuracy   "
in_out "guessing   0.2500"
[ ! -s err ] || fail "stderr is not empty"
want 2 eval store --encoder none --label kind
want 2 eval store --encoder hog --label nothing
in_err nothing
want 2 eval store --encoder hog --label kind --gallery-split train --split none
want 3 eval nowhere --encoder hog --label kind
