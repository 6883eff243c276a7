"""Which column of a file holds the phone numbers: known by its heading, or the file is refused, never guessed. Pure."""

import re
from collections.abc import Sequence

from backoffice.kernel.errors import BadInput
from backoffice.kernel.folding import fold

WORD = re.compile(r"[^\W_]+")
LOOKED_AT = 10
"""Rows among which the headings are looked for: exports begin with a title or two."""
SHORTEST_NUMBER = 7


def named(cell: str) -> str:
    """A heading without case, accents and punctuation: `Phone 1 - Value` is `phone 1 value`."""
    return " ".join(WORD.findall(fold(cell)))


def _all(text: str) -> frozenset[str]:
    return frozenset(named(one) for one in text.split(",") if one.strip())


OWN = _all("phone_number")
WHATSAPP = _all(
    """
    whatsapp, whatsapp number, whatsapp no, whatsapp phone, whatsapp phone number, whatsapp mobile, whats app,
    wa number, wa no, wa id, nomor whatsapp, no whatsapp, no wa, nomor wa, numero de whatsapp,
    numero whatsapp, whatsapp nummer
    """
)
SURE = _all(
    """
    phone, phones, phone no, phone num, phonenumber, phone nr, ph, ph no, ph number, phno, primary phone, main phone,
    phone 1, phone 1 value, phone1, customer phone, customer phone number, customer mobile, home phone,
    work phone, mobile, mobiles, mobile number, mobile no, mobile num, mobile nr, mobilenumber, mobileno, mobile phone,
    mobile phone number, mob, mob no, mobile 1, cell, cell phone, cell number, cell no, cell phone number, cellphone,
    cellular, contact no, contact number, contact phone, contact phone number, contact mobile, contact num, contactno,
    telephone, telephone number, telephone no, tel, tel no, tel number, msisdn, gsm, phone e164, e164, recipient,
    recipient number, recipient phone, to number, telefon, telefonnummer, telefon nr, telefonnr, rufnummer, handy,
    handynummer, handy nr, mobil, mobilnummer, mobiltelefon, mobilfunknummer, telefono, teléfono, telefono movil,
    numero de telefono, móvil, celular, numero de celular, numero celular, cel, telefone, numero de telefone, fone,
    telemovel, telemóvel, telephone portable, téléphone, numéro de téléphone, portable, n° de téléphone, cellulare,
    numero di telefono, numero di cellulare, telefoonnummer, telefoon, mobiel, mobiel nummer, telefonszám, telefon no,
    telefon numarasi, cep telefonu, nomor telepon, no telepon, nomor hp, no hp, hp, telepon, số điện thoại,
    điện thoại, sdt, numer telefonu, nr telefonu, telefonní číslo, телефон, номер телефона, мобильный телефон, моб,
    мобильный, τηλέφωνο, κινητό, هاتف, رقم الهاتف, جوال, رقم الجوال, موبايل, טלפון, मोबाइल, मोबाइल नंबर, मोबाइल नम्बर,
    फ़ोन, फोन, फ़ोन नंबर, फोन नंबर, ফোন, মোবাইল, ফোন নম্বর, মোবাইল নম্বর, தொலைபேசி எண், கைபேசி எண், ఫోన్ నంబర్, 电话,
    電話, 电话号码, 電話番号, 手机, 手机号, 手机号码, 手機, 携帯電話, 携帯番号, 전화번호, 휴대폰, 휴대폰번호, 휴대전화
    """
)
WEAK = _all("number, numbers, numero, nummer, no, nr, contact, customer number, cep")
"""Headings that may mean something else, a row's or a customer's number: only where no other column is there."""
SHOWN = "phone_number, Phone, Mobile Number, Contact No., Cell, WhatsApp, Telefon, Phone 1 - Value"


def column_of(rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    """The column of the numbers and the row after its heading, in the first rows of a file.

    BadInput where several columns are there and none, or more than one, is headed as phone numbers are.
    """
    for at, row in enumerate(rows):
        column = _headed(row, first=at == 0)
        if column is not None:
            return column, at + 1
    if max(sum(bool(cell) for cell in row) for row in rows) > 1:
        raise BadInput(summary=f"file: No column is headed as phone numbers are. Name one of them as one of: {SHOWN}")
    return next(place for place, cell in enumerate(rows[0]) if cell), 0


def _headed(row: Sequence[str], *, first: bool) -> int | None:
    """Where a row of headings names the numbers; None when it is a row of data, or names none."""
    if any(sum(sign.isdigit() for sign in cell) >= SHORTEST_NUMBER for cell in row):
        return None
    names = [named(cell) for cell in row]
    is_alone = first and sum(map(bool, names)) == 1
    for known in (OWN, WHATSAPP, SURE, WEAK) if is_alone else (OWN, WHATSAPP, SURE):
        places = [place for place, name in enumerate(names) if name in known]
        if len(places) > 1:
            several = ", ".join(row[place][:40] for place in places[:5])
            raise BadInput(summary=f"file: Several columns may hold the phone numbers ({several}). Leave one of them")
        if places:
            return places[0]
    return None
