"""The bundled press office: a site that publishes, edits, redesigns itself and fails, and a mailbox, both on loopback.

from watcher.demo import Mailbox, PressOffice, Site

office = PressOffice()
with Site(office) as site, Mailbox() as box: ...   # site.url, office.publish("…"), box.messages
"""

from watcher.demo.mailbox import Mailbox
from watcher.demo.office import ARTICLES, LISTING, NEWSROOM, PressOffice, Release
from watcher.demo.site import Site

__all__ = ["ARTICLES", "LISTING", "NEWSROOM", "Mailbox", "PressOffice", "Release", "Site"]
