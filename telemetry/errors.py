"""What can go wrong, by kind. The border that talks to people turns a kind into its answer; nobody else knows HTTP.

PlantError
|-- NotFound      the thing named does not exist             404
|-- Conflict      the plant's state does not allow it now    409
|-- Forbidden     this person may not do it                  403  (Unauthenticated: 401)
|-- Invalid       what was sent makes no sense               422
`-- Unavailable   an engine is not there at the moment       503
"""

from __future__ import annotations


class PlantError(Exception):
    """Something in the plant did not work."""

    @property
    def code(self) -> str:
        """Key for translation and for programs: the class's name."""
        return type(self).__name__

    @property
    def title(self) -> str:
        """The sentence for a person: the first line of the class's docstring."""
        return (type(self).__doc__ or PlantError.__doc__ or "").strip().splitlines()[0]

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        told = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{self.title} ({told})" if told else self.title)


class NotFound(PlantError):
    """There is no such thing."""


class Conflict(PlantError):
    """The plant's state does not allow this now."""


class Forbidden(PlantError):
    """This person may not do this."""


class Unauthenticated(Forbidden):
    """Nobody is signed in, or the key is not known."""


class Invalid(PlantError):
    """What was sent makes no sense."""


class Unavailable(PlantError):
    """An engine that this needs is not there at the moment."""
