# A wrong command line ends with 2 and one line that names the option, its value and what would be
# right; nothing is guessed, nothing ignored, nothing written.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3

# wrong "PART OF THE MESSAGE" ARGUMENT...
wrong() {
    local part=$1
    shift
    want 2 "$@"
    [ ! -s out ] || fail "featcache $*: prints to stdout"
    [ "$(wc -l <err)" -eq 1 ] || fail "featcache $*: not one line on stderr"
    in_err "$part"
}

mkdir source
wrong "STORE is missing" ingest
wrong "SOURCE is missing" ingest s
wrong "no option '--datset=x'; did you mean --dataset?" ingest s source --datset=x
wrong "no option '-z'" ingest s source -z
wrong "no option '--shard'" ingest s source --shard 1/2
wrong "--dataset: NAME is missing" ingest s source --dataset
wrong "--dataset: NAME is missing before '--json'" ingest s source --dataset --json
wrong "--dataset: its value is empty" ingest s source --dataset=
wrong "--dataset is given twice" ingest s source --dataset a --dataset=b
wrong "--dry-run is given twice" ingest s source --dry-run --dry-run
wrong "--dry-run takes no value, got 'yes'" ingest s source --dry-run=yes
wrong "--jobs: '0' is not a whole number from 1 to 1024" ingest s source --jobs 0
wrong "--jobs: '-1'" ingest s source --jobs -1
wrong "--jobs: '4x'" ingest s source --jobs=4x
wrong "--jobs: ' 4'" ingest s source --jobs ' 4'
wrong "--limit: '99999999999999999999'" ingest s source --limit 99999999999999999999
wrong "--memory: '5X' is not a size from 64 MiB" ingest s source --memory 5X
wrong "--memory: '1K'" ingest s source --memory 1K
wrong "--memory: '99999999T'" ingest s source --memory 99999999T
wrong "--progress: 'maybe' is none of: auto, always, never" ingest s source --progress maybe
wrong "--dry-run and --estimate" ingest s source --dry-run --estimate
wrong "operand 1 is empty" ingest '' source
wrong "nothing to look for" query s
wrong "--text: with --batch the lines have the inputs" query s --text a --batch
wrong "--weight 2 stands before any input" query s --weight 2 --text a
wrong "--weight is given twice for one input" query s --text a --weight 2 --weight 3
wrong "--weight: '0' is not a number other than 0" query s --text a --weight 0
wrong "--weight: '1e3' is not a number" query s --text a --weight 1e3
wrong "--weight: W is missing before '--json'" query s --text a --weight --json
wrong "--minus: '@' names nothing" query s --text a --minus @
wrong "go with --file, after it where there are several" query s --file a --file b --text c --start-s 1
wrong "--end-s is given twice" query s --file a --end-s 1 --end-s 2
wrong "-k: '0' is not a whole number from 1" query s --text a -k 0
wrong "-k: '5.5'" query s --text a -k5.5
wrong "-k is given twice" query s --text a -k 5 -k 6
wrong "'other' is one operand too many" query s other --text a
wrong "--encoder NAME is missing" eval s --label kind
wrong "--label COLUMN is missing" eval s --encoder hog
wrong "give both of --gallery-split and --split" eval s --encoder hog --label kind --split test
wrong "exactly one of --text and --file" encode builtin/hog
wrong "exactly one of --text and --file" encode builtin/hog --text a --file b
wrong "without -o the numbers go to standard output" encode builtin/hashtext --text a -o -
wrong "DATASET/ID is missing" get s
wrong "--encoder NAME is missing" get s d/x
wrong "-o DIR is missing" export s
wrong "--format: 'xml' is none of: npy, csv, jsonl" export s -o d --format xml
wrong "'/x': give DATASET or DATASET/ID" rm s /x
wrong "'d/': give DATASET or DATASET/ID" rm s d/
wrong "DATASET@M is missing" diff s d@1
wrong "--explain: STORE is missing" encoders --explain builtin/hog
wrong "--dataset goes with --failures" stat s --dataset d
wrong "TO is missing" repair s
wrong "TO is missing" backup s
wrong "STORE is missing" compact --json
wrong "--map-size: '12Q'" gc s --map-size 12Q
# An argument that holds an escape sequence does not reach the terminal as one.
wrong 'no option '"'"'--\x1B[31mred' ingest s source $'--\e[31mred'

[ "$(ls)" = "$(printf 'err\nout\nsource')" ] || fail "something was written: $(ls)"

# `--` ends the options; options may stand between operands.
want 3 stat -- --json
in_err "--json"
want 3 query --text a nowhere -k 3
