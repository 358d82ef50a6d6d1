"""Write a flow as BPMN 2.0 with its diagram, so that other tools can open it.

The notation is that of the OMG's specification (Business Process Model and Notation 2.0.2, formal/13-12-09): approvals
and handling are user tasks, copies are send tasks, branches exclusive and parallel paths parallel gateways, each with
a gateway that joins them; a sub-flow is a call activity,
a wait a timer. Sizes and positions of the diagram are in pixels.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from kernel.workflows.flows.graph import Node, Nodes

__all__ = ["bpmn_xml"]

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
OWN = "https://trellis.example/bpmn"

TASK = (120, 80)
GATEWAY = (50, 50)
EVENT = (36, 36)
GAP = 50
"""Pixels between two shapes of a line, and between two paths."""
TAGS = {"approve": "userTask", "handle": "userTask", "cc": "sendTask", "subflow": "callActivity",
        "wait": "intermediateCatchEvent"}

Words = Callable[[Mapping[str, Any]], str]


@dataclass(slots=True)
class _Shape:
    id: str
    tag: str
    name: str
    x: float
    y: float
    size: tuple[int, int]
    timer: tuple[str, str] | None = None
    """Of a wait: timeDate with the document's field, or timeDuration with working hours as ISO 8601 writes them."""
    calls: str = ""
    """Of a sub-flow: the process it stands for, as the file of that one names it."""

    @property
    def left(self) -> tuple[float, float]:
        return self.x, self.y + self.size[1] / 2

    @property
    def right(self) -> tuple[float, float]:
        return self.x + self.size[0], self.y + self.size[1] / 2


@dataclass(slots=True)
class _Edge:
    id: str
    source: _Shape
    target: _Shape
    name: str = ""
    condition: str | None = None
    default: bool = False
    via: float | None = None
    """The height at which a path without nodes runs."""


@dataclass(slots=True)
class _Drawing:
    shapes: list[_Shape] = field(default_factory=list)
    edges: list[_Edge] = field(default_factory=list)

    def join(self, source: "_Exit", target: _Shape, via: float | None = None) -> None:
        number = len(self.edges) + 1
        self.edges.append(_Edge(
            f"flow_{number}", source.shape, target, source.name, source.condition, source.default, via))


@dataclass(frozen=True, slots=True)
class _Exit:
    """Where a line goes on from, with what is written on it."""

    shape: _Shape
    name: str = ""
    condition: str | None = None
    default: bool = False


def _size_of(nodes: Nodes) -> tuple[float, float]:
    """Give the width and height that a list of nodes takes."""
    width, height = 0.0, float(TASK[1])
    for node in nodes:
        across, high = _size(node)
        width += across + GAP
        height = max(height, high)
    return width, height


def _size(node: Node) -> tuple[float, float]:
    if "paths" not in node:
        return _own_size(node)
    sizes = [_size_of(path["nodes"]) for path in node["paths"]]
    inner = max(width for width, _height in sizes)
    return 2 * GATEWAY[0] + GAP + inner, sum(height for _width, height in sizes) + GAP * (len(sizes) - 1)


def _own_size(node: Node) -> tuple[int, int]:
    return EVENT if node["type"] == "wait" else TASK


def _timer(node: Node) -> tuple[str, str] | None:
    if node["type"] != "wait":
        return None
    return ("timeDate", str(node["field"])) if node["until"] == "field" else ("timeDuration", f"PT{node['hours']}H")


def bpmn_xml(code: str, name: str, nodes: Nodes, words: Words, translate: Callable[[str], str] = str) -> str:
    """Write a flow as the text of a BPMN file. `words` says in words when a path of a branch is taken."""
    drawing = _Drawing()
    _width, height = _size_of(nodes)
    middle = 100 + height / 2
    start = _Shape("start", "startEvent", "", 100, middle - EVENT[1] / 2, EVENT)
    drawing.shapes.append(start)
    after, x = _line(drawing, nodes, _Exit(start), 100 + EVENT[0] + GAP, middle, words, translate)
    end = _Shape("end", "endEvent", "", x, middle - EVENT[1] / 2, EVENT)
    drawing.shapes.append(end)
    drawing.join(after, end)
    return _written(code, name, drawing)


def _line(
    drawing: _Drawing, nodes: Nodes, before: _Exit, x: float, middle: float, words: Words,
    translate: Callable[[str], str],
) -> tuple[_Exit, float]:
    """Draw nodes from left to right; gives where the line goes on, and at what place."""
    for node in nodes:
        if "paths" in node:
            before, x = _block(drawing, node, before, x, middle, words, translate)
            continue
        size = _own_size(node)
        shape = _Shape(_id(node["key"]), TAGS[node["type"]], translate(node["name"]), x, middle - size[1] / 2, size,
                       _timer(node), _process_id(node["flow"]) if node.get("flow") else "")
        drawing.shapes.append(shape)
        drawing.join(before, shape)
        before, x = _Exit(shape), x + size[0] + GAP
    return before, x


def _block(
    drawing: _Drawing, node: Node, before: _Exit, x: float, middle: float, words: Words,
    translate: Callable[[str], str],
) -> tuple[_Exit, float]:
    tag = "exclusiveGateway" if node["type"] == "branch" else "parallelGateway"
    across, high = _size(node)
    split = _Shape(_id(node["key"]), tag, translate(node["name"]), x, middle - GATEWAY[1] / 2, GATEWAY)
    join = _Shape(f"{_id(node['key'])}_join", tag, "", x + across - GATEWAY[0], middle - GATEWAY[1] / 2, GATEWAY)
    drawing.shapes += [split, join]
    drawing.join(before, split)
    top = middle - high / 2
    for at, path in enumerate(node["paths"]):
        _across, tall = _size_of(path["nodes"])
        last = at == len(node["paths"]) - 1
        branch = node["type"] == "branch"
        leaving = _Exit(split, translate(path["name"]), words(path) if branch and not last else None, branch and last)
        line, _x = _line(drawing, path["nodes"], leaving, x + GATEWAY[0] + GAP, top + tall / 2, words, translate)
        drawing.join(line, join, None if path["nodes"] else top + tall / 2)
        top += tall + GAP
    return _Exit(join), x + across + GAP


def _process_id(code: str) -> str:
    return "process_" + "".join(each if each.isalnum() else "_" for each in code)


def _id(key: str) -> str:
    return "node_" + key.replace(".", "_")


def _written(code: str, name: str, drawing: _Drawing) -> str:
    for prefix, address in (("bpmn", MODEL), ("bpmndi", DI), ("dc", DC), ("di", DD), ("xsi", XSI)):
        register_namespace(prefix, address)
    root = Element(f"{{{MODEL}}}definitions", {"id": "definitions", "targetNamespace": OWN})
    process = SubElement(root, f"{{{MODEL}}}process", {
        "id": _process_id(code), "name": name, "isExecutable": "false"})
    for shape in drawing.shapes:
        _element(process, shape, drawing.edges)
    for edge in drawing.edges:
        made = SubElement(process, f"{{{MODEL}}}sequenceFlow", {
            "id": edge.id, **({"name": edge.name} if edge.name else {}),
            "sourceRef": edge.source.id, "targetRef": edge.target.id})
        if edge.condition:
            SubElement(made, f"{{{MODEL}}}conditionExpression", {
                f"{{{XSI}}}type": "bpmn:tFormalExpression"}).text = edge.condition
    diagram = SubElement(root, f"{{{DI}}}BPMNDiagram", {"id": "diagram"})
    plane = SubElement(diagram, f"{{{DI}}}BPMNPlane", {"id": "plane", "bpmnElement": process.attrib["id"]})
    for shape in drawing.shapes:
        drawn = SubElement(plane, f"{{{DI}}}BPMNShape", {"id": f"{shape.id}_di", "bpmnElement": shape.id})
        SubElement(drawn, f"{{{DC}}}Bounds", {
            "x": _figure(shape.x), "y": _figure(shape.y), "width": str(shape.size[0]), "height": str(shape.size[1])})
    for edge in drawing.edges:
        drawn = SubElement(plane, f"{{{DI}}}BPMNEdge", {"id": f"{edge.id}_di", "bpmnElement": edge.id})
        for x, y in _bends(edge):
            SubElement(drawn, f"{{{DD}}}waypoint", {"x": _figure(x), "y": _figure(y)})
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _element(process: Element, shape: _Shape, edges: Sequence[_Edge]) -> None:
    attributes = {"id": shape.id, **({"name": shape.name} if shape.name else {})}
    default = next((edge.id for edge in edges if edge.source is shape and edge.default), None)
    if default:
        attributes["default"] = default
    if shape.calls:
        attributes["calledElement"] = shape.calls
    made = SubElement(process, f"{{{MODEL}}}{shape.tag}", attributes)
    for edge in edges:
        if edge.target is shape:
            SubElement(made, f"{{{MODEL}}}incoming").text = edge.id
    for edge in edges:
        if edge.source is shape:
            SubElement(made, f"{{{MODEL}}}outgoing").text = edge.id
    if shape.timer is not None:
        timer = SubElement(made, f"{{{MODEL}}}timerEventDefinition", {"id": f"{shape.id}_timer"})
        SubElement(timer, f"{{{MODEL}}}{shape.timer[0]}", {
            f"{{{XSI}}}type": "bpmn:tFormalExpression"}).text = shape.timer[1]


def _bends(edge: _Edge) -> list[tuple[float, float]]:
    """Give the points of a line: straight, or down from a gateway, or down into one."""
    (x1, y1), (x2, y2) = edge.source.right, edge.target.left
    if edge.via is not None and edge.via != y1:
        here, there = (shape.x + shape.size[0] / 2 for shape in (edge.source, edge.target))
        rim = edge.source.y if edge.via < y1 else edge.source.y + edge.source.size[1]
        return [(here, rim), (here, edge.via), (there, edge.via), (there, rim)]
    if y1 == y2:
        return [(x1, y1), (x2, y2)]
    if edge.source.tag.endswith("Gateway") and not edge.source.id.endswith("_join"):
        corner = edge.source.x + edge.source.size[0] / 2
        edge_y = edge.source.y if y2 < y1 else edge.source.y + edge.source.size[1]
        return [(corner, edge_y), (corner, y2), (x2, y2)]
    corner = edge.target.x + edge.target.size[0] / 2
    return [(x1, y1), (corner, y1), (corner, edge.target.y if y1 < y2 else edge.target.y + edge.target.size[1])]


def _figure(number: float) -> str:
    return f"{number:g}"
