"""Pictures of networks: nothing is drawn over something else, and the same network is the same picture."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.interfaces.pictures.drawing import Drawing
from ringfence.interfaces.pictures.layout import BOX_HEIGHT, BOX_WIDTH, laid_out

names = st.lists(st.integers(0, 200).map(lambda number: f"P{number}"), min_size=1, max_size=120, unique=True)


@settings(max_examples=60, deadline=None)
@given(names, st.data())
def test_boxes_never_overlap_and_stand_inside_the_picture(parties: list[str], data: st.DataObject) -> None:
    ends = st.tuples(st.sampled_from(parties), st.sampled_from(parties))
    edges = data.draw(st.lists(ends, max_size=150))
    listed = data.draw(st.lists(st.sampled_from(parties), max_size=4, unique=True))
    layout = laid_out(parties, edges, listed)
    assert laid_out(parties, edges, listed) == layout
    assert layout.places.keys() == set(parties)
    places = sorted(layout.places.values())
    for place in places:
        assert 0 <= place.x <= layout.width - BOX_WIDTH
        assert 0 <= place.y <= layout.height - BOX_HEIGHT
    for number, one in enumerate(places):
        for other in places[number + 1 :]:
            assert abs(one.x - other.x) >= BOX_WIDTH or abs(one.y - other.y) >= BOX_HEIGHT


def test_what_is_listed_comes_first() -> None:
    layout = laid_out(["A", "B", "L"], [("A", "L"), ("B", "A")], ["L"])
    assert layout.places["L"].x < layout.places["A"].x < layout.places["B"].x


@settings(max_examples=60, deadline=None)
@given(names, st.data())
def test_every_line_and_its_label_stand_inside_the_picture(parties: list[str], data: st.DataObject) -> None:
    drawing = Drawing()
    for name in parties:
        drawing.party(name, data.draw(st.sampled_from(["listed", "owned", "none"])))
    ends = st.tuples(st.sampled_from(parties), st.sampled_from(parties))
    for subject, target in data.draw(st.lists(ends, max_size=60)):
        drawing.tie(subject, "owns", target, "more than 50%", "")
    picture = drawing.picture()
    for edge in picture.edges:
        assert 0 < edge.x + 3 * len(edge.label) < picture.width
        assert all(float(x) <= picture.width for x in re.findall(r"(-?[\d.]+),", edge.line))
