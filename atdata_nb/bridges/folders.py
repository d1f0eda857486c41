"""Folders: image or sound files in a folder as a Dataset, labelled by their subfolders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from atdata_nb.bridges.media import IMAGES, SOUNDS, Pixels, Waves
from atdata_nb.dataset import Dataset
from atdata_nb.errors import ShardNotFoundError
from atdata_nb.schemas import Field, FieldType, Schema, schema_to_type
from atdata_nb.schemas.names import class_name
from atdata_nb.shards.made import MadeSource, Rows

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

Kind: TypeAlias = Literal["images", "sounds"]

_ENDINGS: Final[dict[Kind, frozenset[str]]] = {"images": IMAGES, "sounds": SOUNDS}
_PER_PART: Final = 1_000
# Headers are read of so many files; of more, sizes are not fixed in the schema.
_LOOKED_AT: Final = 10_000
_TEXT: Final = FieldType(kind="primitive", primitive="str")


def from_folder(
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    kind: Kind | None = None,
    labels: bool = True,
) -> Dataset[Any]:
    """Return the image or sound files below a folder as a Dataset, a sample a file.

    An image is an array ``image`` (uint8, height × width × 3; 4 channels where some are
    transparent, none where all are grey), upright. A recording is ``waveform`` (frames × channels)
    with its ``sample_rate``. Beside it stand ``label``, the first subfolder, and ``file``, the
    path below the folder. Files are decoded when they are read, in the order of their paths;
    those whose name begins with a dot are left out.

    Args:
        path: the folder.
        name: what to call the dataset; None: like the folder.
        kind: ``images`` or ``sounds``, where the folder has both.
        labels: whether the first subfolder is a label.

    Raises:
        ShardNotFoundError: there is no such folder, or no such file in it.
        SampleDecodeError: a file is no image, or no sound; its name is in the message.
        ValueError: the folder has both kinds, and it was not said which is meant.
        MissingExtraError: Pillow, or for sounds soundfile, is not installed.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> folder = Path(tempfile.mkdtemp())
        >>> for name, colour in (("cats/tom.png", "grey"), ("dogs/rex.png", "white")):
        ...     (folder / name).parent.mkdir()
        ...     Image.new("RGB", (6, 4), colour).save(folder / name)
        >>> ds = from_folder(folder, name="animals")
        >>> ds[1]
        Animals(image=<uint8 4×6×3>, label='dogs', file='dogs/rex.png')
    """
    root = Path(path).expanduser()
    if not root.is_dir():
        message = f"{path}: there is no such folder"
        raise ShardNotFoundError(message)
    files = _files(root)
    found = _kind(files, root) if kind is None else kind
    chosen = [file for file in files if _ending(file) in _ENDINGS[found]]
    if not chosen:
        message = f"{path}: no {found} in this folder; it may hold {', '.join(_shown(found))} files"
        raise ShardNotFoundError(message)
    called = name or root.resolve().name or "files"
    rows = FileRows(root.absolute(), chosen, found, called, labels=labels)
    return Dataset(MadeSource(rows), sample_type=rows.sample_type, name=called)


class FileRows(Rows):
    """Media files below a folder, each a row."""

    def __init__(
        self, root: Path, files: list[str], kind: Kind, name: str, *, labels: bool
    ) -> None:
        self._root, self._files = root, files
        looked_at = [root / file for file in files[:_LOOKED_AT]]
        whole = len(looked_at) == len(files)
        made: type[Pixels | Waves] = Pixels if kind == "images" else Waves
        self._media = made.of(looked_at, whole=whole)
        self._labelled = labels and any("/" in file for file in files)
        self.sample_type = schema_to_type(Schema(class_name(name), "1.0.0", self._fields()))
        self._starts = {
            f"{name}-{number:06d}": start
            for number, start in enumerate(range(0, len(files), _PER_PART))
        }

    def _fields(self) -> tuple[Field, ...]:
        media = self._media
        fields: tuple[Field, ...] = (
            (media.field("image"),)
            if isinstance(media, Pixels)
            else media.fields("waveform", "sample_rate")
        )
        if self._labelled:
            unlabelled = any("/" not in file for file in self._files)
            missing: dict[str, Any] = {"optional": True, "default": None} if unlabelled else {}
            fields += (Field("label", _TEXT, **missing),)
        return *fields, Field("file", _TEXT)

    def parts(self) -> Mapping[str, int | None]:
        """Parts of at most a thousand files."""
        total = len(self._files)
        return {part: min(_PER_PART, total - start) for part, start in self._starts.items()}

    def read(self, part: str, start: int = 0, stop: int | None = None) -> Iterator[Any]:
        """Decode the files of one part."""
        first = self._starts[part]
        count = _PER_PART if stop is None else min(stop, _PER_PART)
        for file in self._files[first + start : first + count]:
            values = self._decode(self._root / file)
            if self._labelled:
                folder, slash, _ = file.partition("/")
                values["label"] = folder if slash else None
            yield self.sample_type(file=file, **values)

    def _decode(self, path: Path) -> dict[str, Any]:
        if isinstance(self._media, Pixels):
            return {"image": self._media.read(path)}
        waveform, rate = self._media.read(path)
        return {"waveform": waveform, "sample_rate": rate}


def _files(root: Path) -> list[str]:
    found = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if not _is_hidden(path))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _ending(file: str) -> str:
    return file.rpartition(".")[2].lower()


def _kind(files: list[str], root: Path) -> Kind:
    there: list[Kind] = [
        kind
        for kind, endings in _ENDINGS.items()
        if any(_ending(file) in endings for file in files)
    ]
    if len(there) > 1:
        message = f"{root.name} holds images and sounds: pass kind='images' or kind='sounds'"
        raise ValueError(message)
    if there:
        return there[0]
    known = sorted(IMAGES | SOUNDS)
    message = f"{root.name}: no image or sound in this folder (known are {', '.join(known)})"
    raise ShardNotFoundError(message)


def _shown(kind: Kind) -> list[str]:
    return sorted(_ENDINGS[kind])
