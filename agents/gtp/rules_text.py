"""Rules as KataGo writes them in GTP and JSON: names such as `chinese`, or a JSON object.

See "KataGo GTP Extensions" (`kata-get-rules`) and https://lightvector.github.io/KataGo/rules.html.
We have no taxes, no button, and no compensation for handicap stones but komi.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Final

from go_engine.rules import KoRule, Rules, Scoring

__all__ = ["RULE_NAMES", "read_rules", "rules_json"]

_Named = tuple[KoRule, Scoring, bool]

RULE_NAMES: Final[Mapping[str, _Named]] = {
    "tromp-taylor": ("positional", "area", True),
    "cgos": ("positional", "area", False),
    "chinese": ("simple", "area", False),
    "chinese-ogs": ("positional", "area", False),
    "chinese-kgs": ("positional", "area", False),
    "aga": ("situational", "area", False),
    "bga": ("situational", "area", False),
    "french": ("situational", "area", False),
    "new-zealand": ("situational", "area", True),
    "japanese": ("simple", "territory", False),
    "korean": ("simple", "territory", False),
}
_KO: Final[Mapping[str, KoRule]] = {
    "SIMPLE": "simple",
    "POSITIONAL": "positional",
    "SITUATIONAL": "situational",
}
_SCORING: Final[Mapping[str, Scoring]] = {"AREA": "area", "TERRITORY": "territory"}


def rules_json(rules: Rules) -> str:
    """`kata-get-rules`: one line of JSON."""
    return json.dumps(
        {
            "hasButton": False,
            "ko": rules.ko.upper(),
            "scoring": rules.scoring.upper(),
            "suicide": rules.allow_suicide,
            "tax": "NONE",
            "whiteHandicapBonus": "0",
        },
        separators=(",", ":"),
    )


def read_rules(value: object, rules: Rules) -> Rules:
    """`rules` with what `value`, a name, a JSON object or the text of either, says instead.

    Raises:
        ValueError: if it says nothing, or something that we cannot play.
    """
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError("rules are no JSON object") from None
    if isinstance(value, str):
        name = "-".join(value.lower().replace("_", " ").split())  # KGS and KaTrain write blanks
        if name not in RULE_NAMES:
            raise ValueError(f"unknown rules; expected one of {', '.join(RULE_NAMES)}")
        ko, scoring, suicide = RULE_NAMES[name]
        return dataclasses.replace(rules, ko=ko, scoring=scoring, allow_suicide=suicide)
    if not isinstance(value, Mapping):
        raise ValueError("rules must be a name or a JSON object")
    return _from_fields(value, rules)


def _from_fields(fields: Mapping[str, Any], rules: Rules) -> Rules:
    if fields.get("hasButton", False) is not False:
        raise ValueError("hasButton must be false: there is no button here")
    if fields.get("tax", "NONE") not in ("NONE", "SEKI"):
        raise ValueError("tax must be NONE")
    ko = _one_of("ko", fields.get("ko", rules.ko.upper()), _KO)
    scoring = _one_of("scoring", fields.get("scoring", rules.scoring.upper()), _SCORING)
    suicide = fields.get("suicide", rules.allow_suicide)
    if not isinstance(suicide, bool):
        raise ValueError("suicide must be true or false")
    return dataclasses.replace(rules, ko=ko, scoring=scoring, allow_suicide=suicide)


def _one_of(what: str, value: object, known: Mapping[str, Any]) -> Any:
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{what} must be {' or '.join(known)}")
    return known[value]
