# Turns what ./check collected into its report. Reads, with the variable `file` set before each:
# 1 the lines of check-sources.sh, 2 ctest's output (state and time of each test), 3 ctest's
# LastTest.log (what each test printed).
# Prints one line a suite, the output of what failed, the skips, the slowest ten and the closing line.
# Cases are counted, not programs: cmocka tells of each. Exits 1 if anything failed.
BEGIN {
    # A part that did not run at all must not look like one without faults.
    count("sources", "failed", 0)
}

file == 1 && /^(passed|failed|skipped) / {
    count("sources", $1, 1)
    if ($1 == "skipped") { note = $0; sub(/^skipped +/, "", note); skips[++n_skips] = "sources." note }
}

# " 3/10 Test  #4: core.buf ........   Passed    0.01 sec"
file == 2 && /^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
    line = $0
    sub(/^.*Test +#[0-9]+: /, "", line)
    name = line
    sub(/ .*/, "", name)
    seconds = line
    sub(/ sec *$/, "", seconds)
    sub(/.* /, "", seconds)
    state[name] = line ~ / Passed / ? "passed" : line ~ /\*\*\*Skipped/ ? "skipped" : "failed"
    time[name] = seconds + 0
    order[++n_tests] = name
}
file == 2 && /No tests were found/ { none = 1 }

file == 3 && /^[0-9]+\/[0-9]+ Testing: / { name = $3; inside = 0; next }
file == 3 && /^Output:$/ { getline; inside = 1; listed = 0; next }
file == 3 && /^<end of output>$/ { inside = 0; next }
file == 3 && inside {
    if (lines[name] < 200) { output[name] = output[name] $0 "\n"; lines[name]++ }
    last[name] = $0
    if (/^SKIPPED: /) { skips[++n_skips] = name ": " substr($0, 10); told[name] = 1 }
    # After this line cmocka lists the same names again.
    if (/^\[==========\] [0-9]+ test\(s\) run/) listed = 1
    if (listed) next
    if (/^\[       OK \]/) cases[name, "passed"]++
    else if (/^\[  SKIPPED \]/) cases[name, "skipped"]++
    else if (/^\[  FAILED  \]/) cases[name, "failed"]++
}

function count(suite, what, n) {
    if (!(suite in seen)) { seen[suite] = 1; suites[++n_suites] = suite }
    tally[suite, what] += n
    total[what] += n
}

function add_test(name,   suite, p, f, s) {
    suite = name
    sub(/\..*/, "", suite)
    p = cases[name, "passed"] + 0; f = cases[name, "failed"] + 0; s = cases[name, "skipped"] + 0
    if (state[name] == "failed" && f == 0) f = 1 # a crash, a time limit, a script
    if (state[name] == "passed" && p + s == 0) p = 1
    if (state[name] == "skipped") { s = s ? s : 1; if (!told[name]) skips[++n_skips] = name ": " last[name] }
    count(suite, "passed", p); count(suite, "failed", f); count(suite, "skipped", s)
    spent[suite] += time[name]
    if (f) failures[++n_failures] = name
}

END {
    for (i = 1; i <= n_tests; i++) add_test(order[i])
    if (tally["sources", "passed"] + tally["sources", "failed"] == 0) count("sources", "failed", 1)
    if (none || n_tests == 0) count("ctest", "failed", 1)
    for (i = 1; i <= n_failures; i++)
        printf "\n---- %s failed; it printed:\n%s", failures[i], output[failures[i]]
    if (n_failures) print ""
    for (i = 1; i <= n_suites; i++) {
        s = suites[i]
        printf "%-12s %5d passed %4d failed %4d skipped %8.2f s\n", s, tally[s, "passed"], \
            tally[s, "failed"], tally[s, "skipped"], spent[s]
    }
    if (n_skips) print "\nskipped:"
    for (i = 1; i <= n_skips; i++) print "  " skips[i]
    print "\nslowest:"
    for (k = 1; k <= 10 && k <= n_tests; k++) {
        best = ""
        for (i = 1; i <= n_tests; i++)
            if (!shown[order[i]] && (best == "" || time[order[i]] > time[best])) best = order[i]
        shown[best] = 1
        printf "  %8.2f s  %s\n", time[best], best
    }
    printf "\n%d passed, %d failed, %d skipped\n", total["passed"], total["failed"], total["skipped"]
    exit total["failed"] > 0
}
