"""Arrays that a kernel uses without counting references to them.

Numba counts references to arrays with atomic instructions wherever inlined code with loops or
branches takes an array, and cannot always see that it need not (see `_jit.kernel`). In a hot kernel
with many parts that is half of its time. A *borrowed* array looks just like the one it was made
from, but for the owner: it has none, so there is nothing to count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba.core import cgutils, types
from numba.extending import intrinsic

__all__ = ["borrowed"]

A = TypeVar("A")

_null: Any = cgutils.get_null_value


def _typed(array: types.Array) -> tuple[Any, Any]:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        view = context.make_array(kind)(context, builder, arguments[0])
        view.meminfo = _null(view.meminfo.type)
        view.parent = _null(view.parent.type)
        return view._getvalue()

    return array(array), generate


@intrinsic
def _borrowed(typingctx: Any, array: Any) -> Any:  # noqa: ARG001 (numba's interface)
    return _typed(array)


borrowed = cast(Callable[[A], A], _borrowed)
"""Only inside kernels: the same memory without an owner.

The caller of the kernel must hold the array itself until the kernel ends, and the kernel must
neither return nor keep what it borrowed.
"""
