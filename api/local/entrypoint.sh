#!/bin/sh
# What the image runs: api | worker | migrate, or any other command of `esik`.
# `health` asks the web server of this container; other commands are well while they run.
set -eu
case "${1:-api}" in
  api) shift $(($# > 0)); exec esik serve "$@" ;;
  health)
    tr '\0' ' ' < /proc/1/cmdline | grep -q ' serve' || exit 0
    exec python3 -c 'import http.client, os, sys
web = http.client.HTTPConnection("127.0.0.1", int(os.environ["ESIK_SERVER__PORT"]), timeout=4)
web.request("GET", "/healthz")
sys.exit(web.getresponse().status != 200)' ;;
  *) exec esik "$@" ;;
esac
