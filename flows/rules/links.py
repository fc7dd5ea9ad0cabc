"""Where links lead."""

from collections.abc import Iterator

from flows.graph import forward_graph, forward_links, reached, rounds
from flows.links import Enter, Forward, Jump, Link
from flows.problems import Problem
from flows.shopful import Shopful, rule


@rule
def a_flow_has_a_first_step(shop: Shopful) -> Iterator[Problem]:
    flow = shop.flow
    if not flow.steps:
        code, message = "empty", "This flow has no steps. Add the first one."
    elif flow.start is None:
        code, message = "no_start", "No step is the first one. Choose the step that the flow starts with."
    elif flow.start not in flow.by_id:
        code = "no_start"
        message = f"The flow starts with «{flow.start}», which is not there. Choose another first step."
    else:
        return
    yield Problem(code=code, severity="error", flow=flow.key, field="start", message=message)


@rule
def every_link_leads_somewhere(shop: Shopful) -> Iterator[Problem]:
    for step, port in shop.exits:
        if port.link is not None and not shop.leads_somewhere(port.link):
            code, target, message = _missing(port.link)
            yield Problem(
                code=code,
                severity="error",
                flow=shop.flow.key,
                step=step.id if step else None,
                field=port.field,
                message=f"«{port.title}» {message}",
                facts={"target": target},
            )


def _missing(link: Link) -> tuple[str, str, str]:
    if isinstance(link, Enter):
        return (
            "no_flow",
            link.flow,
            f"enters the flow «{link.flow}», which the shop does not have. Choose another.",
        )
    to = link.to if isinstance(link, Forward | Jump) else ""
    return "dangling", to, f"leads to the step «{to}», which is not in this flow. Link it anew."


@rule
def flows_that_steps_run_or_stop_exist(shop: Shopful) -> Iterator[Problem]:
    for step in shop.flow.steps:
        runs = dict.fromkeys(step.runs_flows())
        for key in [*runs, *sorted(step.stops_flows() - runs.keys())]:
            if key not in shop.flows:
                yield Problem(
                    code="no_flow",
                    severity="error" if key in runs else "warning",
                    flow=shop.flow.key,
                    step=step.id,
                    message=f"This step names the flow «{key}», which the shop lacks. Choose another.",
                    facts={"target": key},
                )


@rule
def forward_links_never_turn_back(shop: Shopful) -> Iterator[Problem]:
    """The rule of the DAG: whoever wants to go back says so, with a jump, back or restart."""
    ports = shop.ports(shop.flow.key)
    place = {step: i for i, step in enumerate(ports)}
    if all(place[step] < place.get(to, len(place)) for step, to in forward_links(ports)):
        return  # drawn in order: the usual case, and no graph is needed to see it
    for found in rounds(forward_graph(ports), lambda step: (step != shop.flow.start, place[step])):
        last, first = found[-1], found[0]
        closing = next(p for p in ports[last] if isinstance(p.link, Forward) and p.link.to == first)
        way = " → ".join([*found, first])
        yield Problem(
            code="circle",
            severity="error",
            flow=shop.flow.key,
            step=last,
            field=closing.field,
            message=f"This goes round: {way}; make the last link a jump.",
            facts={"round": " ".join(found)},
        )


@rule
def every_step_can_be_reached(shop: Shopful) -> Iterator[Problem]:
    flow = shop.flow
    if flow.start not in flow.by_id:
        return
    fallback = flow.unknown.fallback
    roots = [flow.start, *([fallback.to] if isinstance(fallback, (Forward, Jump)) else [])]
    there = reached(shop.ports(flow.key), roots)
    for step in flow.steps:
        if step.id not in there:
            yield Problem(
                code="unreachable",
                severity="warning",
                flow=flow.key,
                step=step.id,
                message="No link leads to this step. Link it, or remove it.",
            )


@rule
def exits_are_wired(shop: Shopful) -> Iterator[Problem]:
    for step, port in shop.exits:
        if port.link is None and port.unwired is not None and step is not None:
            yield Problem(
                code="unwired",
                severity=port.unwired,
                flow=shop.flow.key,
                step=step.id,
                field=port.field,
                message=f"«{port.title}» leads nowhere: the flow ends there. Choose where it goes.",
            )
