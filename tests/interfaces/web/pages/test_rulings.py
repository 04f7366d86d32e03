"""People rule which entries are of one party, and read what was ruled, screened and decided."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from ringfence import Settings
from tests.interfaces.web.conftest import HIKVISION
from tests.interfaces.web.desks import PASSWORD, desk_service
from tests.interfaces.web.pages.conftest import Read
from tests.interfaces.web.pages.reading import Reader
from tests.stores import tamper

DAHUA = "us_bis_entity:dahua-technology-cn"


@pytest.fixture
def desk(location: str, settings: Settings, tmp_path: Path) -> Iterator[httpx2.Client]:
    with desk_service(location, settings.cache, tmp_path) as client:
        yield client


def signed_in(reader: Reader, name: str) -> Reader:
    reader.open("/sign-in")
    reader.send("/sign-in", name=name, password=PASSWORD)
    return reader


def test_an_approver_rules_and_the_record_keeps_what_was_overruled(desk: httpx2.Client, read: Read) -> None:
    ana, ben = signed_in(read(desk), "ana"), signed_in(read(desk), "ben")
    pair = {"one": HIKVISION, "other": DAHUA}
    ana.open("/rulings", **pair)
    assert "two parties as it stands" in ana.text
    assert "Only an approver can rule" in ana.text
    assert not [form for form in ana.page.forms if form.method == "POST" and form.action == "/rulings"]
    ben.open(f"/listings/{HIKVISION}")
    assert ben.page.xpath(f"//a[contains(@href, '/rulings?one={HIKVISION.replace(':', '%3A')}')]")
    ben.open("/rulings", **pair)
    assert ben.page.xpath("//input[@name='action'][@checked]/@value") == ["join"]
    token = ben.token()
    assert ben.post("/rulings", csrf=token, action="join", why=" ", **pair).status_code == 400
    assert "a ruling needs a reason" in ben.text
    ben.open("/rulings", **pair)
    post = next(form for form in ben.page.forms if form.method == "POST" and form.action == "/rulings")
    values = dict(post.form_values()) | {"why": "One <b>register</b>."}
    ben.post("/rulings", **values)
    assert "Ruled: one party" in ben.text
    assert "One <b>register</b>." in ben.text
    ben.post("/rulings", **values | {"action": "split", "why": "Two registers after all."})
    text = ben.text
    assert text.index("Two registers after all.") < text.index("One <b>register</b>.")
    assert text.count("overruled since") == 1
    ben.open(f"/listings/{HIKVISION}")
    assert "Two registers after all." in ben.text


def test_a_pair_that_cannot_be_ruled_on_is_told(desk: httpx2.Client, read: Read) -> None:
    ben = signed_in(read(desk), "ben")
    ben.open("/rulings", one=HIKVISION, other="us_bis_entity:nobody")
    assert "No entry us_bis_entity:nobody is in force today" in ben.text
    assert (
        ben.post(
            "/rulings", csrf=ben.token(), one=HIKVISION, other=HIKVISION, action="join", why="x"
        ).status_code
        == 400
    )
    assert "cannot be ruled about itself" in ben.text


def test_the_ledger_is_read_newest_first_by_kind_and_checked(
    desk: httpx2.Client, read: Read, location: str
) -> None:
    ana = signed_in(read(desk), "ana")
    ana.open("/decide")
    ana.send(
        "/decide",
        **{
            "do": "record",
            "id": "T-77",
            "on": "2019-10-09",
            "activity": "export",
            "parties[0].name": "Hikvision <i>",
            "parties[0].role": "end_user",
        },
    )
    assert ana.answer.url.path.startswith("/decisions/")
    recorded = ana.answer.url.path
    ana.open("/ledger")
    numbers = [int(one) for one in ana.page.xpath("//tbody/tr/td[1]/text()")]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) > 2
    ana.open("/ledger", kind="decision")
    assert ana.page.xpath("//tbody//th/a/@href") == [recorded]
    assert "Hikvision <i>" in ana.text
    ana.open("/ledger", kind="review", before=numbers[1])
    assert all(int(one) < numbers[1] for one in ana.page.xpath("//tbody/tr/td[1]/text()"))
    ana.open("/ledger", ref="T-77")
    assert len(ana.page.xpath("//tbody/tr")) == 1
    ana.open("/ledger", verify="1")
    assert re.search(r"All \d+ lines hold", ana.text)
    tamper(location, "UPDATE ledger SET body = {null_byte} WHERE number = 1")
    ana.open("/ledger", verify="1")
    assert "fault" in ana.text
    assert "cannot be read" in ana.text
    assert ana.get("/ledger?before=x").status_code == 400
