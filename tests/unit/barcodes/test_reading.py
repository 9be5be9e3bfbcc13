"""Codes as scanners send them, and what they say. The vectors are those of GS1 and of scanners met in the field."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.barcodes.calendar import day_of, full_year
from mes.barcodes.check_digits import check_digit, is_right
from mes.barcodes.digital_link import as_link
from mes.barcodes.elements import GS, written
from mes.barcodes.model import (
    CheckDigitWrong,
    CodeEmpty,
    CodeUnreadable,
    DateImpossible,
    Doubt,
    Element,
    ElementsContradict,
    ElementsIncomplete,
    ElementUnknown,
    Kind,
    LinkUnreadable,
    Scan,
    SeparatorLost,
)
from mes.barcodes.own_labels import Own, code_of
from mes.barcodes.reading import read_code
from mes.barcodes.recovery import possible_lots

TODAY = date(2026, 1, 15)
WHOLE = "0106901234567892112601151729011410B2601A|21SN0001"


def read(text: str, *lots: str) -> Scan:
    return read_code(text, today=TODAY, known_lots=set(lots))


@pytest.mark.parametrize(
    ("payload", "digit"),
    [
        ("629104150021", 3),
        ("690123456789", 2),
        ("0690123456789", 2),
        ("1690123456789", 9),
        ("690123400000", 9),
        ("10614141234567890", 8),
        ("703206980498", 8),
        ("061414177777", 8),
    ],
)
def test_check_digits_of_gtin_gln_and_sscc(payload: str, digit: int) -> None:
    assert check_digit(payload) == digit
    assert is_right(f"{payload}{digit}")
    assert not is_right(f"{payload}{(digit + 1) % 10}")


@pytest.mark.parametrize("separator", ["|", GS, "^", "<GS>", "{GS}", "\\x1d", "␝"])
@pytest.mark.parametrize("prefix", ["", "]d2", "]C1", "]Q3"])
def test_a_medicine_says_who_it_is_however_its_separator_came(prefix: str, separator: str) -> None:
    scan = read(prefix + WHOLE.replace("|", separator))
    assert scan.kind is Kind.ELEMENTS
    assert (scan.gtin, scan.lot, scan.serial) == ("06901234567892", "B2601A", "SN0001")
    assert (scan.produced_on, scan.expires_on) == (date(2026, 1, 15), date(2029, 1, 14))
    assert scan.hri == "(01)06901234567892(11)260115(17)290114(10)B2601A(21)SN0001"
    assert scan.symbology == (prefix or None)
    assert scan.warnings == ((Doubt.FNC1_SPELLED,) if len(separator) > 1 or separator == "␝" else ())
    assert (scan.device_identifier, scan.production_identifier) == (
        "06901234567892",
        "(11)260115(17)290114(10)B2601A(21)SN0001",
    )


@pytest.mark.parametrize(
    ("text", "hri"),
    [
        ("0104150011164140211GTFG32DLF|1723033110158993A", "(01)04150011164140(21)1GTFG32DLF(17)230331(10)158993A"),
        ("0104046963351946172401011019A21G8345", "(01)04046963351946(17)240101(10)19A21G8345"),
        (
            "01041500111641401726013110V10025|21JGFMG4P38R",
            "(01)04150011164140(17)260131(10)V10025(21)JGFMG4P38R",
        ),
        ("1021072911|172405310100693570007182", "(10)21072911(17)240531(01)00693570007182"),
        ("010703206980498815210526100329", "(01)07032069804988(15)210526(10)0329"),
        ("010703206980498810032915210526", "(01)07032069804988(10)032915210526"),
    ],
)
def test_element_strings_of_the_field(text: str, hri: str) -> None:
    assert read(text).hri == hri
    assert read(hri).elements == read(text).elements


def test_a_lot_that_swallowed_its_neighbour_is_told() -> None:
    lost = WHOLE.replace("|", "")
    scan = read(lost)
    assert (scan.lot, scan.warnings) == ("B2601A21SN0001", (Doubt.LOT_SWALLOWED,))
    assert read("010703206980498810032915210526").warnings == (Doubt.LOT_SWALLOWED,)
    assert read(lost, "B2601A21SN0001").warnings == ()
    assert read("01069012345678921729011410B2601A").warnings == ()


def test_a_known_lot_tells_where_the_separator_was() -> None:
    scan = read(WHOLE.replace("|", ""), "B2601A")
    assert (scan.lot, scan.serial, scan.warnings) == ("B2601A", "SN0001", (Doubt.SEPARATOR_RECOVERED,))
    swapped = read("1021072911172405310100693570007182", "21072911")
    assert swapped.hri == "(10)21072911(17)240531(01)00693570007182"
    with pytest.raises(SeparatorLost):  # the serial number could end anywhere
        read("0104150011164140211GTFG32DLF1723033110158993A", "158993A")


def test_two_ways_to_read_it_are_no_way() -> None:
    scan = read("010690123456789210AB21C21D", "AB", "AB21C")
    assert (scan.lot, scan.warnings) == ("AB21C21D", (Doubt.LOT_SWALLOWED,))


def test_without_a_known_lot_a_lost_separator_is_refused() -> None:
    with pytest.raises(CodeUnreadable):
        read("1021072911172405310100693570007182")
    with pytest.raises(SeparatorLost):
        read("01041500111641402112345678901234567890910AB")


def test_a_scanner_that_sends_separators_has_lost_none() -> None:
    assert read("010690123456789221S1|10A21B17290114").warnings == ()
    assert read("010690123456789210A21B|").warnings == ()


@pytest.mark.parametrize(
    ("digits", "day"),
    [
        ("290200", date(2029, 2, 28)),
        ("211200", date(2021, 12, 31)),
        ("200200", date(2020, 2, 29)),
        ("290114", date(2029, 1, 14)),
    ],
)
def test_day_zero_is_the_last_of_its_month(digits: str, day: date) -> None:
    assert day_of(digits, TODAY) == day
    assert read(f"010690123456789217{digits}").expires_on == day


@pytest.mark.parametrize("digits", ["300229", "260431", "260015"])
def test_a_day_that_does_not_exist_is_refused(digits: str) -> None:
    with pytest.raises(DateImpossible):
        read(f"010690123456789217{digits}")


@pytest.mark.parametrize(
    ("now", "digits", "year"),
    [
        (2026, 76, 2076),
        (2026, 77, 1977),
        (2026, 26, 2026),
        (2051, 0, 2100),
        (2051, 1, 2101),
        (2051, 2, 2002),
        (2099, 48, 2148),
    ],
)
def test_two_digits_of_a_year_reach_from_49_back_to_50_ahead(now: int, digits: int, year: int) -> None:
    assert full_year(digits, date(now, 6, 1)) == year


@given(st.integers(2000, 2150), st.integers(0, 99))
def test_every_two_digits_fall_into_the_window(now: int, digits: int) -> None:
    year = full_year(digits, date(now, 1, 1))
    assert now - 49 <= year <= now + 50
    assert year % 100 == digits


@pytest.mark.parametrize(
    "text",
    [
        "0106901234567890",
        "]d20106901234567890",
        "(01)06901234567890",
        "https://id.gs1.org/01/06901234567890",
        "00106141412345678909",
        "]C100106141412345678909",
        "6901234567890",
        "]C14146901234000008",
    ],
)
def test_a_wrong_check_digit_is_refused(text: str) -> None:
    with pytest.raises(CheckDigitWrong):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "]d210B2601A",
        "(17)290114",
        "(21)SN1",
        "(02)06901234567892",
        "(00)106141412345678908(37)25",
        "(37)25(02)06901234567892",
        "(254)CR-01",
    ],
)
def test_an_element_without_what_it_needs_is_refused(text: str) -> None:
    with pytest.raises(ElementsIncomplete):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "(01)06901234567892(02)06901234567892(37)2(00)106141412345678908",
        "(01)06901234567892(21)A(235)B",
        "(01)06901234567892(10)A(10)B",
        "010690123456789210A|10B",
    ],
)
def test_elements_that_exclude_each_other_are_refused(text: str) -> None:
    with pytest.raises(ElementsContradict):
        read(text)


def test_a_pallet_says_what_is_on_it() -> None:
    scan = read("00106141412345678908020690123456789237250010".replace("250010", "25|10B2601A"))
    assert (scan.sscc, scan.gtin, scan.lot) == ("106141412345678908", "06901234567892", "B2601A")
    assert (scan.quantity, scan.unit) == (Decimal(25), "1")
    weighed = read("(01)06901234567892(3103)012500(10)RM1")
    assert (weighed.quantity, weighed.unit) == (Decimal("12.500"), "kg")
    assert read("]C14146901234000009254CR-01").gln == "6901234000009"


@pytest.mark.parametrize("text", ["(10)", "(01)0690123456789A", "(9999)1", "x(01)06901234567892", "]d2", "", "\r\n"])
def test_what_is_no_code_is_refused(text: str) -> None:
    if text.startswith(("(99", "x")):
        assert read(text).kind is Kind.PLAIN
        return
    with pytest.raises((ElementUnknown, CodeEmpty)):
        read(text)


def test_brackets_within_a_value_stay_in_it() -> None:
    assert read("(01)06901234567892(10)A(B)1(21)X").lot == "A(B)1"


LINK = "https://id.gs1.org/01/06901234567892/10/B2601A/21/SN0001?11=260115&17=290114"


def test_a_digital_link_says_the_same_as_its_element_string() -> None:
    scan = read("https://id.gs1.org/01/06901234567892/10/B2601A/21/SN0001?17=290114&11=260115")
    assert set(scan.elements) == set(read(WHOLE).elements)
    assert as_link(read(WHOLE).elements) == LINK
    assert (read(LINK).kind, read(LINK).warnings) == (Kind.DIGITAL_LINK, ())
    other = read("https://id.gs1.org/01/09520123456788/10/ABC1/21/12345?17=180426")
    assert "^" + written(other.elements, separator="^") == "^010952012345678810ABC1^2112345^17180426"
    assert read("^010952012345678810ABC1^2112345^17180426").elements == other.elements


def test_a_pallet_as_a_link() -> None:
    scan = read("https://id.gs1.org/00/952012345678912345?02=09520123456788&37=25&10=ABC123")
    assert (scan.sscc, scan.gtin, scan.quantity, scan.lot) == (
        "952012345678912345",
        "09520123456788",
        Decimal(25),
        "ABC123",
    )


def test_links_of_other_shops_are_read_and_told_not_to_be_canonical() -> None:
    for address in (
        "https://shop.example/a/b/01/06901234567892/22/V1/10/L%2F1?utm=x",
        "HTTPS://ID.GS1.ORG/01/06901234567892/10/L%2F1",
        "https://id.gs1.org/01/6901234567892/10/L%2F1",
        "https://id.gs1.org/gtin/06901234567892/lot/L%2F1",
    ):
        scan = read(address)
        assert (scan.gtin, scan.lot, scan.warnings) == ("06901234567892", "L/1", (Doubt.NOT_CANONICAL,))


@pytest.mark.parametrize(
    "address",
    [
        "hTTps://id.gs1.org/01/06901234567892",
        "ftp://id.gs1.org/01/06901234567892",
        "https://id.gs1.org/01/06901234567892/21/S/10/L",
        "https://id.gs1.org/01/06901234567892/10/A/22/B",
        "https://id.gs1.org/01/06901234567892?10=A&10=A",
        "https://example.org/",
    ],
)
def test_an_address_that_is_no_digital_link_is_refused(address: str) -> None:
    with pytest.raises(LinkUnreadable):
        read(address)


def test_the_chinese_drug_code() -> None:
    scan = read("83857930000879766660")
    assert (scan.kind, scan.drug_code, scan.gtin) == (Kind.DRUG_CODE, "83857930000879766660", None)
    assert read("]C083857930000879766660").drug_code == "83857930000879766660"
    assert read("00106141412345678908").sscc == "106141412345678908"
    assert read("01069012345678921012").lot == "12"


@pytest.mark.parametrize("number", ["6901234567892", "06901234567892", "]E06901234567892", "]I106901234567892"])
def test_a_bare_trade_item(number: str) -> None:
    assert (read(number).kind, read(number).gtin, read(number).lot) == (Kind.GTIN, "06901234567892", None)


def test_a_number_that_somebody_typed_is_a_lot() -> None:
    for number in ("B2601A", "20260115", "20260101001", "10B2601A", "批号-1"):
        assert (read(number).kind, read(number).lot) == (Kind.PLAIN, number)
    assert read("6901234567890", "6901234567890").lot == "6901234567890"


def test_our_own_labels() -> None:
    for kind in Own:
        assert read(code_of(kind, "hainan/line-1")).own == (kind, "hainan/line-1")
    assert read("IT.NO.1").kind is Kind.PLAIN


@pytest.mark.parametrize(
    ("keyed", "warning"),
    [
        ("]D20106901234567892112601151729011410b2601a|21sn0001", Doubt.CAPS_LOCK),
        ("+d20106901234567892112601151729011410B2601A|21SN0001", Doubt.KEYBOARD_LAYOUT),
        ("$déà&à-çà&é\"'(-è_çé&&é-à&&(&èéçà&&'&àBé-à&Q<GS>é&SNààà&", Doubt.KEYBOARD_LAYOUT),
        ("】d20106901234567892112601151729011410B2601A|21SN0001", Doubt.INPUT_METHOD),
        ("（０１）06901234567892（11）260115（17）290114（10）B2601A（21）SN0001", Doubt.INPUT_METHOD),
        ("]C00106901234567892112601151729011410B2601A|21SN0001", Doubt.NOT_A_GS1_SYMBOL),
        ("httpsÖ--id.gs1.org-01-06901234567892-10-B2601A-21-SN0001_11´260115/17´290114", Doubt.KEYBOARD_LAYOUT),
        (
            "https：、、id。gs1。org、01、06901234567892、10、B2601A、21、SN0001？11=260115&17=290114",
            Doubt.INPUT_METHOD,
        ),
    ],
)
def test_traps_of_keyboards_are_undone_and_told(keyed: str, warning: Doubt) -> None:
    scan = read(keyed)
    assert set(scan.elements) == set(read(WHOLE).elements)
    assert warning in scan.warnings


def test_another_separator_is_a_setting() -> None:
    text = WHOLE.replace("|", "~")
    assert read_code(text, today=TODAY, separators=(GS, "~")).lot == "B2601A"
    with pytest.raises(SeparatorLost):
        read(text)


LOTS = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789-./()", min_size=1, max_size=20)


@given(lot=LOTS, serial=LOTS, day=st.dates(date(1980, 1, 1), date(2070, 12, 31)), payload=st.integers(0, 10**13 - 1))
def test_what_is_written_is_read_back(lot: str, serial: str, day: date, payload: int) -> None:
    gtin = f"{payload:013}{check_digit(f'{payload:013}')}"
    elements = (
        Element("01", gtin),
        Element("10", lot),
        Element("21", serial),
        Element("17", day.strftime("%y%m%d")),
    )
    assert read("]d2" + written(elements)).elements == elements
    assert read(as_link(elements)).elements == elements
    assert read(as_link(elements)).expires_on == day


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    scan = None
    with suppress(CodeUnreadable):
        scan = read(text, *possible_lots(text))
    assert scan is None or scan.text == text


@given(st.text("0123456789\x1d", min_size=20, max_size=90))
def test_digits_alone_are_read_in_good_time(text: str) -> None:
    with suppress(CodeUnreadable):
        assert read(text, *possible_lots(text)).text == text
