"""Thousands of rows at once: each table gets its own, and the write they are part of decides whether they stay."""

from backoffice.kernel.write.copying import copy_all
from tests.making import Make

COLUMNS = {
    "helpdesk.whatsapp_user": "id, phone",
    "helpdesk.message": "whatsapp_user_id, author, content, details",
}
ROWS = ([(901, "+919876500001"), (902, "+919876500002")], [(901, "user", "tab\tand\nline", {"said": ["it"]})])


async def test_each_table_gets_its_rows_and_a_dict_is_json(make: Make) -> None:
    async with make.write() as tx:
        tx.record("made", "for a test")
        await copy_all(tx, COLUMNS, ROWS)

    assert await make.value("SELECT count(*) FROM helpdesk.whatsapp_user") == 2
    assert await make.value("SELECT content FROM helpdesk.message") == "tab\tand\nline"
    assert await make.value("SELECT details FROM helpdesk.message") == {"said": ["it"]}
