"""Flows into a shop and out of it, from the command line."""

from collections.abc import Sequence
from pathlib import Path

from constructor_api.commands.errands import errand
from constructor_api.commands.flow_checks import show
from constructor_api.commands.flow_files import check, troubles_of
from constructor_api.commands.terminal import Advice
from engine.publishing import Publishing
from engine.refusals import Unsound
from engine.runtime import Engine
from engine.store.flows import Flow, Flows
from engine.store.unit import Unit
from flows.document import Flow as Document
from flows.exchange import write
from flows.yaml_text import YamlFault


def import_flows(files: Sequence[Path], shop_id: int, *, publish: bool) -> list[str]:
    """Their keys, in the order given; all of them or none.

    Shows what keeps them out.  Raises Advice, Refusal.
    """
    checked = check(files)
    unreadable = [trouble for trouble in checked.troubles if trouble.path not in checked.flows]
    if unreadable:
        show(unreadable)
        raise Advice("Nothing was imported. Mend the files first.")

    async def importing(engine: Engine) -> list[str]:
        async with engine.database.unit() as unit:
            flows = {path: await _kept(unit, shop_id, document) for path, document in checked.flows.items()}
            if publish:
                await _publish(unit, shop_id, flows)
        return [flow.key for flow in flows.values()]

    return errand(importing)


def export_flow(shop_id: int, key: str) -> str:
    """The draft of a flow as YAML.  Raises Advice, Refusal."""

    async def reading(engine: Engine) -> Document:
        async with engine.database.unit() as unit:
            flow = await Flows(unit, shop_id).by_key(key)
            if flow is None:
                raise Advice(f"The shop {shop_id} has no flow with the key «{key}».")
            return Document.model_validate(flow.draft)

    try:
        return write(errand(reading))
    except YamlFault as fault:
        raise Advice(f"The flow cannot be written as a file: {fault.reason}") from None


async def _kept(unit: Unit, shop_id: int, document: Document) -> Flow:
    """As the draft of the shop's flow of that key, or of a new one."""
    flows = Flows(unit, shop_id)
    flow = await flows.by_key(document.key)
    if flow is None:
        return await flows.draw(document)
    await flows.save_draft(flow.id, document, flow.draft_revision)
    return await flows.hold(flow.id)


async def _publish(unit: Unit, shop_id: int, flows: dict[Path, Flow]) -> None:
    for path, flow in flows.items():
        try:
            await Publishing(unit, shop_id).publish(flow.id, f"From {path.name}")
        except Unsound as unsound:
            show(troubles_of(path, unsound.problems))
            raise Advice("Nothing was imported. Mend the errors first, or leave out --publish.") from None
