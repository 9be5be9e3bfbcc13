"""Answers go to whoever asked, and nowhere else.

The stream's server checks what a user publishes, not where it wants the answer. The gateway may publish all, so an
edge could name another edge's cursor, or the stream's own interface, as the place of its answer and have the gateway
speak there. An edge's answers therefore go to its own inbox only.
"""

from __future__ import annotations

import logging

from nats.aio.msg import Msg

log = logging.getLogger(__name__)


def asker(asked: Msg) -> str | None:
    """The edge that asks, by its subject; None where the answer would not reach that edge's own inbox."""
    edge = asked.subject.rsplit(".", 1)[-1]
    if asked.reply.startswith(f"_INBOX_{edge}."):
        return edge
    log.warning("edge %s wants its answer at %s, which is not its own: not answered", edge, asked.reply or "no place")
    return None
