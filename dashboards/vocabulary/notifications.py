"""Notifications: channels, what became of messages, the parts of a latency."""

from __future__ import annotations

from dashboards.language import N_

WORDS = {
    "channel": {
        "email": N_("E-mail"),
        "sms": N_("SMS"),
        "wecom": N_("WeCom"),
        "dingtalk": N_("DingTalk"),
        "webhook": N_("Webhook"),
        "": N_("no address"),
    },
    "delivery_state": {"waiting": N_("on its way"), "sent": N_("handed over"), "failed": N_("not delivered")},
    "told_why": {
        "call": N_("Call"),
        "acknowledged": N_("Acknowledged"),
        "returned": N_("Returned to normal"),
        "alive": N_("Daily message"),
    },
    "latency": {
        "interval": N_("until the next reading"),
        "delay": N_("delay of the alarm"),
        "edge": N_("edge to server"),
        "watch": N_("evaluation"),
        "rung": N_("time of this rung"),
        "notify": N_("look for what is due"),
        "fold": N_("folding of floods"),
        "send": N_("one try to send"),
    },
    "audit_action": {
        "ladder.test": N_("Ladder tested"),
        "address.add": N_("Address entered"),
        "address.remove": N_("Address removed"),
    },
}

DONE = {
    "ladder.tested": N_(
        "The test has begun: everybody on the ladder is being told. Acknowledge it when it has arrived."
    ),
    "address.added": N_("The address is kept. It is shown to nobody again."),
    "address.removed": N_("The address is removed."),
}
