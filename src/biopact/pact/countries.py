"""ISO 3166-1 alpha-2: the codes officially assigned to countries and territories (249 of them, as of 2024)."""

from __future__ import annotations

__all__ = ["COUNTRIES", "meant"]

_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY "
    "BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK "
    "FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR "
    "IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK "
    "ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
    "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
    "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW "
)
COUNTRIES: frozenset[str] = frozenset(_CODES.split())

_OFTEN_WRITTEN = {
    "GB": "UK, ENGLAND, BRITAIN",
    "US": "USA, U.S., U.S.A., UNITED STATES, AMERICA, 미국",
    "KR": "KOR, KOREA, SOUTH KOREA, REPUBLIC OF KOREA, ROK, 대한민국, 한국",
    "KP": "PRK, DPRK, NORTH KOREA, 북한",
    "CN": "CHN, CHINA, PRC, 중국",
    "JP": "JPN, JAPAN, 일본",
    "DE": "DEU, GERMANY, 독일",
    "GR": "EL, GREECE",
    "RU": "RUS, RUSSIA, 러시아",
    "TW": "TWN, TAIWAN, 대만",
}
_MEANT = {written: code for code, words in _OFTEN_WRITTEN.items() for written in words.split(", ")}


def meant(written: str) -> str | None:
    """The code that somebody who wrote this most likely meant."""
    tidy = written.strip().upper()
    return tidy if tidy in COUNTRIES else _MEANT.get(tidy)
