#!/bin/sh
# What the image runs: api | worker | migrate, or any other command of `esik`.
set -eu
case "${1:-api}" in
  api) shift $(($# > 0)); exec esik serve "$@" ;;
  *) exec esik "$@" ;;
esac
