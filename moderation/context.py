"""One picture as the detectors see it: every costly view of it is computed at most once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from moderation.detection import TextLine
from moderation.lazy import once

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from moderation.image import LoadedImage
    from moderation.inference.efficientnet import ObjectScores
    from moderation.inference.faces import Face
    from moderation.inference.networks import Networks
    from moderation.inference.nudenet import BodyPart

CutIgnored = Callable[[str], str]


class ImageContext:
    """A loaded picture with what the shared networks say of it, each run on first use.

    cut_ignored: takes the ignored keywords out of one line of text.
    """

    def __init__(
        self, image: LoadedImage, networks: Networks, cut_ignored: CutIgnored = str
    ) -> None:
        self.image = image
        self.networks = networks
        self._cut_ignored = cut_ignored

    def under(self, cut_ignored: CutIgnored) -> ImageContext:
        """Return the picture for other ignored keywords, with all that was computed of it."""
        other = ImageContext(self.image, self.networks, cut_ignored)
        shared = self.__dict__.keys() - {"_cut_ignored", "checked_lines"}
        other.__dict__.update({name: self.__dict__[name] for name in shared})
        return other

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """Return the pixels, shape (height, width, 3), RGB, at the working size."""
        return self.image.pixels

    @once
    def porn_score(self) -> float:
        """Return open_nsfw's probability of pornography, 0 to 1."""
        return self.networks.open_nsfw.score(self.rgb)

    @once
    def objects(self) -> ObjectScores:
        """Return the probabilities of the 1,000 ImageNet classes and the embedding."""
        return self.networks.efficientnet.run(self.rgb)

    @once
    def body_parts(self) -> tuple[BodyPart, ...]:
        """Return what NudeNet sees; nothing if it is not installed."""
        return () if self.networks.nudenet is None else self.networks.nudenet.run(self.rgb)

    @once
    def faces(self) -> tuple[Face, ...]:
        """Return the faces, in working pixels."""
        return self.networks.faces.run(self.rgb)

    @once
    def text_lines(self) -> tuple[TextLine, ...]:
        """Return the lines of text as read, boxes in pixels of the original."""
        return self.networks.ocr.read(self.image)

    @once
    def checked_lines(self) -> tuple[TextLine, ...]:
        """Return the lines without the ignored keywords; lines left empty are dropped."""
        cut = (
            TextLine(self._cut_ignored(line.text), line.box, line.confidence)
            for line in self.text_lines
        )
        return tuple(line for line in cut if line.text.strip())
