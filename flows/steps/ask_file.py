"""Ask for a file."""

from typing import Literal

from flows.effects import Button
from flows.events import Attachment, Said
from flows.json_value import JSON
from flows.question import Heard, Partly, Understood, Wrong
from flows.several import DONE, Several
from flows.step import Scene, ui

FileKind = Literal["image", "video", "audio", "voice", "file"]
_KINDS: tuple[FileKind, ...] = ("image", "video", "audio", "voice", "file")
_MEGABYTE = 1_000_000


class AskFile(Several):
    """Ask for a picture, video, sound or document, or several, and save them.

    A file is saved as `{kind, url, ref, name, size}`: `ref` is the messenger's own name of it, `size` in
    bytes, null if the messenger does not tell; several as a list of these.
    """

    title = "Ask for a file"
    icon = "paperclip"

    kind: Literal["ask_file"] = "ask_file"
    kinds: tuple[FileKind, ...] = ui("Kinds of files (none ticked: any)", (), max_length=5)
    largest: int = ui("Largest size (megabytes; 0: any)", 0, ge=0, le=2000)

    def choices(self, scene: Scene) -> tuple[Button, ...]:
        return self.end_button(scene)

    def pick(self, scene: Scene, item: str) -> Heard | None:
        ends = item == DONE and self.several
        return self.ended(scene, self.gathered(scene)) if ends else None

    def read(self, scene: Scene, said: Said) -> Heard:
        sent = [one for one in said.attachments if one.kind in (self.kinds or _KINDS)]
        if not sent:
            kinds = ", ".join(
                scene.phrase(f"file_{kind}") for kind in _KINDS if kind in (self.kinds or _KINDS)
            )
            return Wrong("not_file", {"kinds": kinds})
        files = [_kept(one) for one in sent if self._is_small(one.size)]
        if not files:
            return Wrong("file_too_large", {"most": str(self.largest)})
        return self._gathered_with(scene, files) if self.several else Understood(files[0])

    def _gathered_with(self, scene: Scene, files: list[JSON]) -> Heard:
        together = [*self.gathered(scene), *files][: self.at_most or None]
        self.gather(scene, together)
        if len(together) == self.at_most:
            return self.ended(scene, together)
        return Partly(scene.phrase("files_so_far", count=str(len(together))), again=False)

    def recall(self, scene: Scene, value: JSON) -> Understood | None:
        files = value if self.several and isinstance(value, list) else [value]
        if not all(self._would_do(one) for one in files):
            return None
        if not self.several:
            return Understood(value)
        return Understood(files) if self.fitting(files) else None

    def called(self, scene: Scene, value: JSON) -> str:
        files = value if isinstance(value, list) else [value]
        names = [str(one.get("name") or "") for one in files if isinstance(one, dict)]
        return ", ".join(filter(None, names)) or scene.phrase("saved_file")

    def _would_do(self, value: JSON) -> bool:
        match value:
            case {"kind": kind, "url": str() as url, "ref": str() as ref, "size": int() | None as size}:
                return kind in (self.kinds or _KINDS) and bool(url or ref) and self._is_small(size)
        return False

    def _is_small(self, size: int | None) -> bool:
        """What the messenger does not tell the size of is taken."""
        return not self.largest or size is None or size <= self.largest * _MEGABYTE


def _kept(sent: Attachment) -> JSON:
    return {"kind": sent.kind, "url": sent.url, "ref": sent.ref, "name": sent.name, "size": sent.size}
