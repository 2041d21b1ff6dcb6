"""What plugins bring, made so that its failure is told as theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...domain.errors import ANY_FAILURE, GexlakeError
from ...domain.sentences import in_a_line
from .loaded import LoadedPlugin


class AdapterFailed(GexlakeError):
    """What a plugin brings cannot be made."""

    def __init__(self, kind: str, name: str, plugin: LoadedPlugin, reason: str) -> None:
        self.kind, self.name, self.plugin, self.reason = kind, name, plugin, reason
        super().__init__(
            f"The {kind} {name} of {plugin} cannot be made: {reason}. Report this to its author, upgrade "
            f"{plugin.distribution}, or choose another {kind}."
        )


class StrangersFactory:
    """Makes what a plugin's factory makes, and has its other attributes; ``wanted`` is what it must give.

    Errors of gexlake and of the system stay what they are.
    """

    def __init__(
        self, factory: Callable[..., Any], kind: str, name: str, plugin: LoadedPlugin, wanted: type = object
    ) -> None:
        self._factory, self._kind, self._name, self._plugin, self._wanted = factory, kind, name, plugin, wanted

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Make it.

        Raises:
            AdapterFailed: the factory fails, or gives nothing or something else.
        """
        try:
            made = self._factory(*given, **named)
            if made is None or not isinstance(made, self._wanted):
                raise TypeError(f"its factory gave {made!r:.80}")
        except (GexlakeError, OSError):
            raise
        except ANY_FAILURE as error:
            raise AdapterFailed(self._kind, self._name, self._plugin, in_a_line(error)) from error
        return made

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._factory, name)
