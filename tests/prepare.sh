#!/bin/sh
# What some tests need and Python cannot bring: a PostgreSQL server, systemd-analyze, Chromium, and two feed readers.
# As root on a Debian it is installed; elsewhere the tests that need it are skipped, and this says so. It never fails the tests itself.

postgresql() {
    [ -n "$WATCHER_TEST_POSTGRES" ] || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

missing() {
    postgresql || echo postgresql
    command -v systemd-analyze >/dev/null || echo systemd
    command -v chromium >/dev/null || echo chromium
    command -v newsboat >/dev/null || echo newsboat
    command -v r2e >/dev/null || echo rss2email
}

packages=$(missing)
if [ -n "$packages" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "tests/prepare.sh: installing" $packages
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update >/dev/null 2>&1
    apt-get -qq install --yes --no-install-recommends $packages </dev/null >/dev/null 2>&1
fi

skipped=$(missing)
if [ -n "$skipped" ]; then
    echo "tests/prepare.sh: tests that need" $skipped "are skipped (install as root: apt-get install" $skipped")"
fi
exit 0
