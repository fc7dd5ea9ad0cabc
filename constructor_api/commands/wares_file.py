"""A small shop out of a YAML file: what a conversation in the terminal sells."""

from pathlib import Path

from pydantic import ValidationError

from constructor_api.commands.flow_files import content
from constructor_api.commands.terminal import Advice
from flows.misfits import misfits
from flows.trade.wares import Wares
from flows.yaml_text import YamlFault, load


def wares_in(path: Path) -> Wares:
    """What the shop of a file sells.  Raises Advice for a file that cannot be read, or is no shop."""
    try:
        found = load(content(path))
        return Wares.model_validate(found)
    except YamlFault as fault:
        raise Advice(f"{path}, line {fault.line}: {fault.reason}") from None
    except ValidationError as error:
        first = next(misfits(error, found))
        raise Advice(f"{path}: {first}" if first.field else f"{path} holds no list of goods.") from None
