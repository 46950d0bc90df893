"""The press office's page for those with JavaScript: an empty shell, which a script fills with the latest releases."""

from __future__ import annotations

import json

from watcher.demo.designs import PER_PAGE
from watcher.demo.office import PressOffice

SHELL = "/news/latest"
DATA = f"{SHELL}/releases.json"

PAGE = f"""\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Latest releases</title></head><body>
<noscript>You need to enable JavaScript to see the latest releases.</noscript>
<div id="latest"></div>
<script>
fetch("{DATA}").then(answer => answer.json()).then(releases => {{
  const list = document.createElement("ul");
  for (const release of releases) {{
    const [item, link, time] = ["li", "a", "time"].map(name => document.createElement(name));
    item.className = "release";
    link.href = release.path;
    link.textContent = release.title;
    time.dateTime = time.textContent = release.published;
    item.append(time, " ", link);
    list.append(item);
  }}
  document.getElementById("latest").append(list);
}});
</script>
</body></html>
"""


def data(office: PressOffice) -> bytes:
    """What the script asks for."""
    latest = office.releases[:PER_PAGE]
    found = [{"path": r.path, "title": r.title, "published": r.published.isoformat()} for r in latest]
    return json.dumps(found).encode()
