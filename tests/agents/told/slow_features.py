"""Every hand-made feature once more, in words: slow, obvious, sharing nothing with the kernels.

Here is the table of them; what a question is says `slow_asking`.
"""

from __future__ import annotations

from tests.agents.told import slow_places as places
from tests.agents.told import slow_tactics as tactics

FAMILIES = {
    function.__name__: function
    for function in (
        tactics.capture,
        tactics.recapture,
        tactics.escape,
        tactics.atari,
        tactics.defend,
        tactics.threat,
        tactics.liberties,
        tactics.join,
        tactics.contact,
        places.own_eye,
        places.their_eye,
        places.make_eye,
        places.spoil_eye,
        places.own_space,
        places.their_space,
        places.region,
        places.place,
        places.near_last,
        places.near_previous,
        places.path_last,
        places.path_previous,
        tactics.reply,
        tactics.cut,
        tactics.bind,
        tactics.snapback,
        tactics.net,
        tactics.ko,
    )
}
