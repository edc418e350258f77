#!/bin/sh
# What the browser tests need and pip cannot bring: Chromium, and fonts for the Chinese pages.
set -eu
export DEBIAN_FRONTEND=noninteractive

missing=
command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
    command -v google-chrome >/dev/null || missing="chromium"
[ -n "$(fc-list :lang=zh 2>/dev/null)" ] || missing="$missing fontconfig fonts-noto-cjk"
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "The browser tests need these; install them by hand: $missing" >&2
    exit 1
fi
as_root=
[ "$(id -u)" = 0 ] || as_root="sudo -n"
echo "Installing for the browser tests: $missing ..."
# shellcheck disable=SC2086 # the lists are meant to be split
$as_root apt-get -qq update && $as_root apt-get -qq install --yes --no-install-recommends \
    $missing >/dev/null || {
    echo "That needs the rights of root. Run: sudo apt-get install$missing" >&2
    exit 1
}
