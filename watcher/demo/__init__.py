"""The bundled press office, a software project beside it, and a mailbox, all on loopback: sites that publish, edit,
redesign themselves and fail.

from watcher.demo import Mailbox, PressOffice, Site

office = PressOffice()
with Site(office) as site, Mailbox() as box: ...   # site.url, office.publish("…"), box.messages
"""

from watcher.demo.mailbox import Mailbox
from watcher.demo.office import ARTICLES, LISTING, NEWSROOM, PressOffice, Release
from watcher.demo.project import RELEASES, Project, Version
from watcher.demo.site import Site

__all__ = [
    "ARTICLES",
    "LISTING",
    "NEWSROOM",
    "RELEASES",
    "Mailbox",
    "PressOffice",
    "Project",
    "Release",
    "Site",
    "Version",
]
