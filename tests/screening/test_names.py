"""One name in two scripts is one name, and the tricks by which people hide one do not help."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biopact.screening import REVIEW, STRONG, compare
from biopact.screening.names.alias import alias
from biopact.screening.names.clean import LONGEST, cleaned
from biopact.screening.names.hangul import composed, romanised, syllable
from biopact.screening.names.name import names_of
from biopact.screening.names.romanisation import spellings, surnames

SYLLABLES = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
# public names from the history of Korea, in spellings that their bearers or the systems chose
PAIRS = [
    ("이승만", "RHEE Syngman", None), ("박정희", "PARK Chung-hee", None), ("노태우", "Roh Tae-woo", None),
    ("김대중", "Kim Dae-jung", None), ("반기문", "BAN Ki-moon", None), ("안창호", "Ahn Chang Ho", None),
    ("정경화", "CHUNG Kyung-wha", None), ("백남준", "Nam June Paik", None), ("봉준호", "Bong Joon Ho", None),
    ("최규하", "Choi Kyu-hah", None), ("김구", "Kim Koo", None), ("남궁억", "Namgung Eok", None),
]  # fmt: skip


@pytest.mark.parametrize(("hangul", "latin", "_"), PAIRS[1:])
def test_a_korean_name_is_recognised_in_the_letters_its_bearer_chose(hangul: str, latin: str, _: None) -> None:
    assert compare(hangul, latin, "person").sound >= REVIEW


@pytest.mark.parametrize(
    "latin",
    [
        "KIM Min-su", "Kim Min Soo", "Minsu Kim", "KIM, Minsoo", "Gim Minsu", "MIN-SU KIM", "KimMinsu", "KIMMINSU",
        "Kim M. S.",
    ],
)  # fmt: skip
def test_order_spaces_hyphens_and_initials_do_not_matter(latin: str) -> None:
    assert compare("김민수", latin, "person").sound >= REVIEW


@pytest.mark.parametrize(
    ("hangul", "systems"),
    [
        ("이정호", ["I Jeongho", "Yi Chŏngho", "Yi Chong-ho", "Lee Jung-ho", "Rhee Jeong Ho", "Ri Jong Ho"]),
        ("박철수", ["Bak Cheolsu", "Pak Ch'ŏlsu", "Pak Chol Su", "Park Chul-soo"]),
        ("최영희", ["Choe Yeonghui", "Ch'oe Yŏnghŭi", "Choi Young-hee", "Choe Yong Hui"]),
    ],
)
def test_revised_romanisation_mccune_reischauer_and_the_common_spellings_are_one(
    hangul: str, systems: list[str]
) -> None:
    for latin in systems:
        assert compare(hangul, latin, "person").sound >= REVIEW, latin
        assert compare(systems[0], latin, "person").score >= REVIEW, latin


@pytest.mark.parametrize(
    ("hangul", "latin"),
    [("김민수", "Kim Min-ju"), ("김민수", "Lee Min-su"), ("박지훈", "Park Ji-hye"), ("이영호", "Lee Sang-ho")],
)
def test_another_name_is_another_name(hangul: str, latin: str) -> None:
    assert compare(hangul, latin, "person").score < REVIEW


@pytest.mark.parametrize(
    "written",
    [
        "㈜한빛제약", "한빛제약(주)", "주식회사한빛제약", "한빛제약주식회사", "한빛제약 주식회사", "(주) 한빛제약", "유한책임회사 한빛제약",
        "재단법인한빛제약", "의료법인 한빛제약", "한빛제약산학협력단",
    ],
)  # fmt: skip
def test_korean_legal_forms_are_taken_off_even_where_attached(written: str) -> None:
    assert names_of(written)[0].tokens == ("한빛제약",)


@pytest.mark.parametrize(
    "written",
    ["Hanbit Pharm Co., Ltd.", "HANBIT PHARM INC", "Hanbit PharmInc.", "Hanbit Pharm Limited", "Hanbit Pharm S.A."],
)
def test_latin_legal_forms_are_taken_off(written: str) -> None:
    assert names_of(written)[0].tokens == ("hanbit", "pharmaceutical")


def test_a_name_that_is_only_a_form_is_left_as_it_is() -> None:
    assert names_of("주식회사")[0].tokens == ("주식회사",)
    assert names_of("Limited")[0].tokens == ("limited",)


@pytest.mark.parametrize(
    ("trick", "written"),
    [
        ("zero-width", "Ki\u200bm Jo\u200dng Su"),
        ("direction", "\u200fKim\u200e Jong Su"),
        ("direction", "\u202euS gnoJ miK\u202c"),
        ("homoglyph", "Кіm Jоng Su"),
        ("spaced", "K I M Jong Su"),
        ("zero-width", "Kim\u00ad Jong Su\ufeff"),
    ],
)
def test_a_name_written_with_a_trick_is_matched_and_the_trick_told(trick: str, written: str) -> None:
    found = compare(written, "KIM, Jong Su", "person")
    assert found.score >= STRONG if trick != "spaced" else found.score >= REVIEW
    assert trick in cleaned(written).tricks


@pytest.mark.parametrize("written", ["김정수", "김\u200b정수", "ㄱㅣㅁㅈㅓㅇㅅㅜ", "\u1100\u1175\u11b7\u110c\u1165\u11bc\u1109\u116e", "김 정 수", "김정수씨"])  # fmt: skip
def test_hangul_taken_apart_or_spread_is_the_same(written: str) -> None:
    assert compare(written, "김정수", "person").score >= (STRONG if "씨" not in written else 0)


@pytest.mark.parametrize("full", ["ＫＩＭ　Ｊｏｎｇ Ｓｕ", "Kím Jòng Sü", "kim jong su", "KIM JONG SU"])
def test_width_accents_and_case_do_not_matter(full: str) -> None:
    assert compare(full, "Kim Jong Su").score == 1


def test_a_very_long_name_is_cut_and_told() -> None:
    clean = cleaned("a" * 10_000)
    assert len(clean.text) == LONGEST
    assert clean.tricks == ("long",)


@pytest.mark.parametrize("nothing", ["", "   ", "12345", "--", "\u200b", "()"])
def test_what_has_no_letters_has_nothing_to_compare(nothing: str) -> None:
    assert names_of(nothing) == ()
    assert compare(nothing, "Kim").score == 0


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("서울대학교병원", "Seoul National University Hospital"),
        ("(주)셀트리온", "Celltrion, Inc."),
        ("삼성바이오로직스 주식회사", "Samsung Biologics Co., Ltd."),
        ("식품의약품안전처", "Ministry of Food and Drug Safety"),
        ("서울대학교 산학협력단", "Seoul National University R&DB Foundation"),
        ("한국생명공학연구원", "Korea Research Institute of Bioscience and Biotechnology"),
    ],
)
def test_a_body_is_known_by_its_other_name(korean: str, english: str) -> None:
    assert alias(names_of(korean)[0], names_of(english)[0]).score == 1


def test_a_university_is_not_its_hospital() -> None:
    assert compare("서울대학교", "Seoul National University Hospital", "organisation").score < REVIEW


def test_a_loanword_is_heard_in_a_firm_that_no_table_knows() -> None:
    assert compare("진스크립트", "GenScript Inc.", "organisation").sound >= REVIEW


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bank of Arcadia", "Bank of Ruritania"), ("Plant No. 5", "Plant No. 6"), ("John Smith", "Jane Smith"),
        ("Western Trading", "Eastern Trading"), ("Kim Min Su", "Kim Jong Il"),
    ],
)  # fmt: skip
def test_near_misses_are_not_alike(one: str, other: str) -> None:
    assert compare(one, other).score < REVIEW


def test_every_surname_is_read_from_each_of_its_spellings() -> None:
    for surname, listed in surnames().items():
        for text in listed:
            assert compare(f"{surname}민준", f"{text} Min-jun", "person").sound >= REVIEW, (surname, text)


@given(st.text(max_size=60))
def test_no_text_breaks_the_comparison_and_itself_is_the_same(text: str) -> None:
    found = compare(text, text)
    assert found.score == (1.0 if names_of(text) else 0.0)


@given(
    st.sampled_from(sorted(name for name in surnames() if len(name) == 1)), st.text(SYLLABLES, min_size=1, max_size=3)
)
def test_revised_romanisation_is_always_recognised(surname: str, given_name: str) -> None:
    hangul = surname + given_name
    latin = f"{romanised(hangul[0])} {'-'.join(romanised(letter) for letter in hangul[1:])}"
    assert compare(hangul, latin, "person").sound >= REVIEW


@given(SYLLABLES)
def test_a_syllable_is_spelled_by_its_romanisation_at_no_cost(letter: str) -> None:
    assert spellings(letter).get(romanised(letter), 1) <= 0.3


@given(st.text(SYLLABLES, min_size=1, max_size=6))
def test_jamo_typed_one_by_one_come_together_again(hangul: str) -> None:
    onsets, vowels = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
    codas = ["", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"]
    typed = ""
    for letter in hangul:
        at = ord(letter) - 0xAC00
        typed += onsets[at // 588] + vowels[at % 588 // 28] + codas[at % 28]
    assert composed(typed) == hangul


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_comparison_does_not_depend_on_who_is_asked_about(one: str, other: str) -> None:
    assert abs(compare(one, other).spelling - compare(other, one).spelling) < 0.05


def test_a_syllable_has_its_parts() -> None:
    assert syllable("값") == ("ㄱ", "ㅏ", "ㅂ")
