"""A flow leaves as BPMN 2.0 that holds together: every reference leads somewhere, and everything is drawn."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from kernel.workflows.flows.bpmn import DC, DD, DI, MODEL, XSI, bpmn_xml
from tests.kernel.workflows.claims import branch, node, parallel, wait

M = f"{{{MODEL}}}"
FLOW: list[dict[str, Any]] = [
    node("a", "x"),
    branch("b", ([["amount", "gt", 5]], [node("c", "x", kind="handle"), parallel("p", [node("d", "x")], [])]),
           ([], [])),
    node("k", "x", kind="cc"), wait("w", 16), wait("u", field="due"),
    {"key": "s", "type": "subflow", "name": "Sub <&> flow", "flow": "y"},
]


def exported() -> ET.Element:
    return ET.fromstring(bpmn_xml("tests.flow", "Claims & more", FLOW, lambda path: str(path.get("conditions"))))


def test_each_node_becomes_its_element_and_the_process_begins_and_ends_once() -> None:
    [process] = exported().findall(f"{M}process")
    kinds = [each.tag.removeprefix(M) for each in process if each.tag != f"{M}sequenceFlow"]
    assert sorted(kinds) == sorted([
        "startEvent", "userTask", "exclusiveGateway", "exclusiveGateway", "userTask", "parallelGateway",
        "parallelGateway", "userTask", "sendTask", "callActivity", "intermediateCatchEvent", "intermediateCatchEvent",
        "endEvent"])
    assert process.get("name") == "Claims & more"
    called = process.find(f"{M}callActivity")
    assert called is not None
    assert (called.get("name"), called.get("calledElement")) == ("Sub <&> flow", "process_y")


def test_a_wait_is_a_timer_that_says_how_long() -> None:
    [process] = exported().findall(f"{M}process")
    told = []
    for event in process.findall(f"{M}intermediateCatchEvent"):
        assert [each.tag.removeprefix(M) for each in event] == ["incoming", "outgoing", "timerEventDefinition"]
        [how_long] = event[-1]
        assert how_long.get(f"{{{XSI}}}type") == "bpmn:tFormalExpression"
        told.append((how_long.tag.removeprefix(M), how_long.text))
    assert told == [("timeDuration", "PT16H"), ("timeDate", "due")]


def test_every_flow_leads_from_somewhere_to_somewhere_and_both_ends_know_it() -> None:
    [process] = exported().findall(f"{M}process")
    nodes = {each.get("id"): each for each in process if each.tag != f"{M}sequenceFlow"}
    flows = {each.get("id"): each for each in process.findall(f"{M}sequenceFlow")}
    for id_, flow in flows.items():
        source, target = nodes[flow.get("sourceRef")], nodes[flow.get("targetRef")]
        assert id_ in [each.text for each in source.findall(f"{M}outgoing")]
        assert id_ in [each.text for each in target.findall(f"{M}incoming")]
    assert sum(len(each.findall(f"{M}outgoing")) for each in nodes.values()) == len(flows)
    assert sum(len(each.findall(f"{M}incoming")) for each in nodes.values()) == len(flows)
    reached, waiting = set(), ["start"]
    while waiting:
        here = waiting.pop()
        if here not in reached:
            reached.add(here)
            waiting += [str(flow.get("targetRef")) for flow in flows.values() if flow.get("sourceRef") == here]
    assert reached == set(nodes)


def test_a_branch_has_conditions_and_a_default() -> None:
    [process] = exported().findall(f"{M}process")
    gateway = next(each for each in process.findall(f"{M}exclusiveGateway") if each.get("default"))
    default = gateway.get("default")
    for flow in process.findall(f"{M}sequenceFlow"):
        condition = flow.find(f"{M}conditionExpression")
        if flow.get("sourceRef") == gateway.get("id"):
            assert (condition is None) == (flow.get("id") == default)
        if condition is not None:
            assert condition.get(f"{{{XSI}}}type") == "bpmn:tFormalExpression"


def test_everything_is_drawn_and_no_two_shapes_lie_over_each_other() -> None:
    root = exported()
    [process] = root.findall(f"{M}process")
    [plane] = root.iter(f"{{{DI}}}BPMNPlane")
    assert plane.get("bpmnElement") == process.get("id")
    drawn = {each.get("bpmnElement") for each in plane}
    assert drawn == {each.get("id") for each in process}
    boxes = []
    for shape in plane.findall(f"{{{DI}}}BPMNShape"):
        bounds = shape.find(f"{{{DC}}}Bounds")
        assert bounds is not None
        x, y, width, height = (float(bounds.attrib[name]) for name in ("x", "y", "width", "height"))
        assert all(x >= x2 + w2 or x2 >= x + width or y >= y2 + h2 or y2 >= y + height for x2, y2, w2, h2 in boxes)
        boxes.append((x, y, width, height))
    for edge in plane.findall(f"{{{DI}}}BPMNEdge"):
        assert len(edge.findall(f"{{{DD}}}waypoint")) >= 2
