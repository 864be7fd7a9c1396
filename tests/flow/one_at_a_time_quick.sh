#!/usr/bin/env bash
# The first 60 steps of one_at_a_time.sh in every run of ./check.
FC_SAMPLES=60 exec bash "$(dirname "$0")/one_at_a_time.sh"
