"""Where alerts go: one file for each kind of target; the file's name is the kind.

A kind has `Options`, a pydantic model whose fields are the configuration's keys; `recipients(options)`, the addresses
that are told, each on its own; and `send(options, message, to)`, which returns when the message was taken, and else
raises `Deferred` (kept, tried again) or `Rejected` (kept, shown). `send` always comes to an end. The configuration is
looked at with `fields.UNREAD` in the place of each secret: validators let that pass.

`RISKY = True`: it runs what the configuration says, and is off where others can write that.
"""
