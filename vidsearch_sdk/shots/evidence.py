"""How strongly the scores speak for a boundary: log odds, above 0 when a boundary is more likely than not.

Two logistic models of few inputs each. They were fitted to frames of films that were joined from real clips
with cuts and dissolves, and disturbed with flashes, lightning, switched lamps, whip pans, objects before the
lens and dropped pictures; and checked on joins of other clips. The coefficients are rounded as far as the
outcome stays the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating]


def cut_evidence(
    *, change_ratio: Values, content_ratio: Values, structure: Values, returned: Values, light: Values
) -> Values:
    """Log odds that a shot begins at a frame. All arguments have the same shape.

    Args:
        change_ratio: Change from the frame before, over the largest change close by.
        content_ratio: The same for the plain difference.
        structure: Difference in structure, 0 to 1.
        returned: Change to the frames soon after (or before), over the change here; near 0 after a flash.
        light: Difference that is left in the same light, over contrast; near 0 when only the light changed.
    """
    return np.asarray(
        0.95 * np.log(np.clip(change_ratio, 1e-3, 100))
        + 0.71 * np.log(np.clip(content_ratio, 1e-3, 100))
        + 4.7 * np.clip(structure, 0, 1)
        + 2.8 * np.clip(returned, 0, 1)
        + 10.4 * np.clip(light, 0, 0.4)
        - 9.4
    )


def dissolve_evidence(
    *, unmixed: Values | float, structure: Values | float, relit: Values | float, jump: Values | float
) -> Values:
    """Log odds that a frame is the middle of a dissolve of a certain length.

    Args:
        unmixed: What is left of the frame when an even mixture of the two ends is taken away, over what is
            left when one of the ends is.
        structure: Difference in structure between the ends, 0 to 1.
        relit: Difference between the ends in the same light, in luma levels.
        jump: Largest change between neighbors on the way, over the change between the ends.
    """
    return np.asarray(
        -4.1 * np.log(np.minimum(unmixed, 1) + 0.03)
        + 5.2 * np.minimum(structure, 1)
        # A slow pan over soft shapes is a mixture of its ends too, but of the same structure.
        - 40.0 * np.maximum(0.15 - structure, 0)
        + 3.3 * np.log1p(np.minimum(relit, 15))
        - 7.1 * np.minimum(jump, 1)
        - 16.9
    )
