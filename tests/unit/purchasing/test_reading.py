"""A file of order lines, as spreadsheets write it: read in either language, its mistakes told by row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from mes.purchasing.model import Fault, Ordered
from mes.purchasing.reading import OrderColumnsMissing, OrderFileUnreadable, read_orders

HEAD = "Order number,Line,Item code,Supplier code,Quantity,Unit,Due date"
LINE = Ordered(
    order_number="PO-7",
    line="10",
    item="RM-1",
    supplier="ACME",
    quantity=Decimal("12.5"),
    unit="kg",
    due_on=date(2026, 1, 31),
)


@pytest.mark.parametrize(
    "content",
    [
        f"{HEAD}\nPO-7,10,RM-1,ACME,12.5,kg,2026-01-31\n".encode(),
        f"\ufeff{HEAD}\r\n PO-7 ,10,RM-1,ACME,12.50,kg,2026/1/31\r\n,,,,,,\r\n".encode(),
        "到货日期;订单号;行号;物料编码;供应商编码;数量;单位;备注\n2026.01.31;PO-7;10;RM-1;ACME;12.5;kg;急\n".encode(
            "gb18030"
        ),
        b"order_number\tline\titem\tsupplier\tquantity\tunit\tdue_on\nPO-7\t10\tRM-1\tACME\t12.5\tkg\t20260131",
    ],
)
def test_a_table_is_read_however_it_was_saved(content: bytes) -> None:
    sheet = read_orders(content)
    assert list(sheet.rows.values()) == [LINE]
    assert sheet.mistakes == []


@pytest.mark.parametrize(
    ("row", "column", "fault"),
    [
        ("PO-7,,RM-1,ACME,1,kg,2026-01-31", "line", Fault.MISSING),
        ("PO-7,10,RM-1,ACME", "quantity", Fault.MISSING),
        ("PO-7,10,RM-1,ACME,0,kg,2026-01-31", "quantity", Fault.NOT_A_QUANTITY),
        ("PO-7,10,RM-1,ACME,NaN,kg,2026-01-31", "quantity", Fault.NOT_A_QUANTITY),
        ("PO-7,10,RM-1,ACME,1e99,kg,2026-01-31", "quantity", Fault.NOT_A_QUANTITY),
        ("PO-7,10,RM-1,ACME,0.0000001,kg,2026-01-31", "quantity", Fault.NOT_A_QUANTITY),
        ('PO-7,10,RM-1,ACME,"1,000",kg,2026-01-31', "quantity", Fault.NOT_A_QUANTITY),
        ("PO-7,10,RM-1,ACME,1,kg,2026-02-30", "due_on", Fault.NOT_A_DAY),
        ("PO-7,10,RM-1,ACME,1,kg,31-01-2026", "due_on", Fault.NOT_A_DAY),
        (f"PO-7,10,{'R' * 101},ACME,1,kg,2026-01-31", "item", Fault.TOO_LONG),
    ],
)
def test_a_mistake_is_told_with_its_row_and_column(row: str, column: str, fault: Fault) -> None:
    sheet = read_orders(f"{HEAD}\nPO-7,20,RM-1,ACME,1,kg,2026-01-31\n{row}\n".encode())
    assert list(sheet.rows) == [2]
    assert (3, column, fault) in [(each.row, each.column, each.fault) for each in sheet.mistakes]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", OrderFileUnreadable),
        (HEAD.encode(), OrderFileUnreadable),
        (f"{HEAD}\n,,,,,,\n".encode(), OrderFileUnreadable),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", OrderFileUnreadable),
        (f'{HEAD}\n"PO-7,10\n'.encode(), OrderFileUnreadable),
        (b"Order number,Line\nPO-7,10\n", OrderColumnsMissing),
    ],
)
def test_what_is_no_table_of_order_lines_is_refused(content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_orders(content)
